// RUN: %check_poolguard %s poolguard-unfenced-transition -- -config=../../Inputs/prepared.yaml

// A statement that is run by name is what was prepared under that name.
#include <libpq/libpq-fe.h>
#include <pqxx/pqxx>

#include <string>

constexpr const char *kFinish = "UPDATE jobs SET status = 'done' WHERE id = $1";
constexpr const char *kName = "fenced";

void prepare(pqxx::connection &connection) {
  connection.prepare("finish", kFinish);
  connection.prepare(kName, "UPDATE jobs SET status = 'done' WHERE id = $1 AND lock_epoch = $2");
  connection.prepare("twice", "DELETE FROM jobs WHERE id = $1");
}
void prepareAgain(pqxx::connection &connection) {
  connection.prepare("finish", kFinish);
  connection.prepare("twice", "SELECT 1");
}

void run(pqxx::work &tx) {
  tx.exec_prepared("finish", 1);
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this statement changes a leased row of 'jobs' without matching 'lock_epoch'
  tx.exec(pqxx::prepped{"finish"});
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this statement changes a leased row of 'jobs'
  tx.exec_prepared(kName, 1, 2);
  tx.exec_prepared("twice", 1);   // either text
  tx.exec_prepared("nowhere", 1); // not in the program
}

// The name, the text and the call, each in a function of its own.
void add(pqxx::connection &connection, const char *name, const char *sql) { connection.prepare(name, sql); }
void setUp(pqxx::connection &connection) { add(connection, "drop", "DELETE FROM jobs WHERE id = $1"); }
void go(pqxx::work &tx, const std::string &name) { tx.exec_prepared(name, 1); }
void drop(pqxx::work &tx) {
  go(tx, "drop");
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: this statement deletes a leased row of 'jobs'
}

// A text that isn't known at one place isn't known.
void open(pqxx::connection &connection, const std::string &sql) {
  connection.prepare("open", "DELETE FROM jobs WHERE id = $1");
  connection.prepare("open", sql);
}
void runOpen(pqxx::work &tx) { tx.exec_prepared("open", 1); }

void libpq(PGconn *connection) {
  PQprepare(connection, "pq", "DELETE FROM jobs WHERE id = $1", 1, nullptr);
  PQexecPrepared(connection, "pq", 0, nullptr, nullptr, nullptr, 0);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: this statement deletes a leased row of 'jobs'
  // The unnamed statement is whichever was prepared last.
  PQprepare(connection, "", "DELETE FROM jobs WHERE id = $1", 1, nullptr);
  PQexecPrepared(connection, "", 0, nullptr, nullptr, nullptr, 0);
}

// A team's own, by its roles.
struct Store {
  bool keep(const char *text, const char *name);
  int call(int times, const char *name);
};
void own(Store &store) {
  store.keep("DELETE FROM jobs WHERE id = $1", "own");
  store.call(1, "own");
  // CHECK-MESSAGES: :[[@LINE-1]]:9: warning: this statement deletes a leased row of 'jobs'
}
