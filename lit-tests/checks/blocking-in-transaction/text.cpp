// RUN: %check_poolguard %s poolguard-blocking-in-transaction -- -config=../../Inputs/prepared.yaml

// Transactions that BEGIN and COMMIT open and end as text.
#include <libpq/libpq-fe.h>
#include "pool.h"

using namespace std::chrono_literals;

void libpq(PGconn *connection) {
  std::this_thread::sleep_for(1s);
  PQclear(PQexec(connection, "BEGIN"));
  PQclear(PQexec(connection, "UPDATE t SET a = 1"));
  std::this_thread::sleep_for(1s);
  // CHECK-MESSAGES: :[[@LINE-1]]:21: warning: 'std::this_thread::sleep_for' waits while the transaction on 'connection' is open
  PQclear(PQexec(connection, "COMMIT"));
  std::this_thread::sleep_for(1s);
}

int fetch(int id) { return id > 0 ? app::http_get("http://example.org") : 0; }

// Over a call, on one of two paths, and after the end on all of them.
void branches(PGconn *connection, bool good) {
  PQclear(PQexec(connection, "start transaction isolation level serializable;"));
  fetch(1);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'fetch' waits in 'app::http_get' while the transaction on 'connection' is open
  if (good) {
    PQclear(PQexec(connection, "COMMIT"));
  } else {
    app::http_get("http://example.org");
    // CHECK-MESSAGES: :[[@LINE-1]]:10: warning: 'app::http_get' waits while the transaction on 'connection' is open
    PQclear(PQexec(connection, "ROLLBACK"));
  }
  fetch(3);
}

// Open on one path only.
void perhaps(PGconn *connection, bool together) {
  if (together)
    PQclear(PQexec(connection, "BEGIN"));
  fetch(1);
  if (together)
    PQclear(PQexec(connection, "END"));
}

// A helper gets the connection: it runs a statement on it, ends the transaction, or nobody knows.
void update(PGconn *connection) { PQclear(PQexec(connection, "UPDATE t SET a = 1")); }
void finish(PGconn *connection) { PQclear(PQexec(connection, "COMMIT")); }
void unknown(PGconn *connection, const char *sql) { PQclear(PQexec(connection, sql)); }
void helpers(PGconn *connection) {
  PQclear(PQexec(connection, "BEGIN"));
  update(connection);
  fetch(1);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'fetch' waits in 'app::http_get' while
  PQclear(PQexec(connection, "COMMIT"));
}
void ends(PGconn *connection) {
  PQclear(PQexec(connection, "BEGIN"));
  finish(connection);
  fetch(1);
}
void mayEnd(PGconn *connection) {
  PQclear(PQexec(connection, "BEGIN"));
  unknown(connection, "COMMIT");
  fetch(1);
}
void textOfOthers(PGconn *connection, const char *sql) {
  PQclear(PQexec(connection, "BEGIN"));
  PQclear(PQexec(connection, sql));
  fetch(1);
}

void inLambda(PGconn *connection) {
  PQclear(PQexec(connection, "BEGIN"));
  auto commit = [connection] { PQclear(PQexec(connection, "COMMIT")); };
  commit();
  fetch(1);
}

// A savepoint is no end, and one text may hold several statements.
void savepoint(PGconn *connection) {
  PQclear(PQexec(connection, "BEGIN; SAVEPOINT s"));
  PQclear(PQexec(connection, "ROLLBACK TO s"));
  fetch(1);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'fetch' waits in 'app::http_get' while
  PQclear(PQexec(connection, "UPDATE t SET a = 1; COMMIT"));
  fetch(2);
  PQclear(PQexec(connection, "BEGIN; UPDATE t SET a = 1; COMMIT"));
  fetch(3);
  // The body of a function is no transaction.
  PQclear(PQexec(connection, "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END"));
  fetch(4);
}

// libpqxx in autocommit, and a class of the team's own.
void each(pqxx::connection &connection) {
  pqxx::nontransaction n(connection);
  n.exec("BEGIN");
  fetch(1);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'fetch' waits in 'app::http_get' while the transaction on 'n' is open
  n.exec("COMMIT");
  fetch(2);
}

class Session {
public:
  void save() {
    run("BEGIN");
    fetch(1);
    // CHECK-MESSAGES: :[[@LINE-1]]:5: warning: 'fetch' waits in 'app::http_get' while the transaction on 'this' is open
    run("COMMIT");
    fetch(2);
  }
  POOLGUARD_EXECUTES("session", 0) void run(const char *sql);
};

template <typename Connection> void generic(Connection *connection) {
  PQclear(PQexec(connection, "BEGIN"));
  fetch(1);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'fetch' waits
  PQclear(PQexec(connection, "COMMIT"));
}
template void generic<PGconn>(PGconn *);
