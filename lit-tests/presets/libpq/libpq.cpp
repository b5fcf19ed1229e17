// RUN: %check_poolguard %s poolguard-* -- -config=config.yaml
// RUN: %preset_roles libpq %S/config.yaml %s -- -std=c++17 -I%S/../../Inputs

#include <iostream>
#include <libpq/libpq-fe.h>
#include <pqxx/pqxx>

namespace app {
PGconn *pooled(); // behind the pooler
PGconn *direct(); // not behind it
} // namespace app

void state() {
  PGconn *connection = app::pooled();
  PQexec(connection, "LISTEN jobs");
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'LISTEN' listens on a channel on the transaction lane
  PQexecParams(connection, "LISTEN jobs", 0, nullptr, nullptr, nullptr, nullptr, 0);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'LISTEN' listens on a channel on the transaction lane
  PQsendQuery(connection, "LISTEN jobs");
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'LISTEN' listens on a channel on the transaction lane
  PQsendQueryParams(connection, "LISTEN jobs", 0, nullptr, nullptr, nullptr, nullptr, 0);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'LISTEN' listens on a channel on the transaction lane
  PQprepare(connection, "pick", "SELECT 1", 0, nullptr);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'PQprepare' keeps a prepared statement in the session
  PQsendPrepare(connection, "pick", "SELECT 1", 0, nullptr);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'PQsendPrepare' keeps a prepared statement in the session
  PQclosePrepared(connection, "pick");
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'PQclosePrepared' keeps a prepared statement in the session
  PQsendClosePrepared(connection, "pick");
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'PQsendClosePrepared' keeps a prepared statement in the session
  PQsetClientEncoding(connection, "UTF8");
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'PQsetClientEncoding' sets a setting of the session
}

void elsewhere(pqxx::connection &other, const char *text) {
  pqxx::work tx(other);
  PQexecPrepared(app::direct(), "pick", 0, nullptr, nullptr, nullptr, 0);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: this statement runs on another connection while transaction 'tx' is open
  PQsendQueryPrepared(app::direct(), "pick", 0, nullptr, nullptr, nullptr, 0);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: this statement runs on another connection while transaction 'tx' is open
  PQfn(app::direct(), 1, nullptr, nullptr, 0, nullptr, 0);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: this statement runs on another connection while transaction 'tx' is open
  PQexec(app::direct(), text);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: this statement runs on another connection while transaction 'tx' is open
  PQprepare(app::direct(), "pick", "SELECT 1", 0, nullptr);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: this statement runs on another connection while transaction 'tx' is open
}

// What tells of the rows is a look at the fence; what tells of errors alone is none.
void fenced(PGconn *connection) {
  PGresult *result = PQexec(connection, "UPDATE jobs SET status = 'done' WHERE id = 1 AND lock_epoch = 2");
  // CHECK-MESSAGES: :[[@LINE-1]]:22: warning: {{.*}}'jobs'
  if (PQresultStatus(result) != PGRES_COMMAND_OK)
    std::cerr << PQresultErrorMessage(result);
  PQclear(result);
}

void connects(const char *first, const char *second) {
  PGconn *connection = PQconnectdb(first);
  std::cerr << "no connection: " << first;
  // CHECK-MESSAGES: :[[@LINE-1]]:34: warning: a connection string reaches a stream
  PGconn *later = PQconnectStart(second);
  std::cerr << "no connection: " << second;
  // CHECK-MESSAGES: :[[@LINE-1]]:34: warning: a connection string reaches a stream
}

static PGconn *shared;
void useShared() {
  PQfinish(shared);
  // CHECK-MESSAGES: :[[@LINE-1]]:12: warning: 'shared' is a legacy connection
}

// A prepared statement is judged by its text.
void named(PGconn *connection) {
  PQprepare(connection, "finish", "UPDATE jobs SET status = 'done' WHERE id = $1", 1, nullptr);
  PQexecPrepared(connection, "finish", 0, nullptr, nullptr, nullptr, 0);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: this statement changes a leased row of 'jobs' without matching 'lock_epoch'
  PQsendPrepare(connection, "drop", "DELETE FROM jobs WHERE id = $1", 1, nullptr);
  PQsendQueryPrepared(connection, "drop", 0, nullptr, nullptr, nullptr, 0);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: this statement deletes a leased row of 'jobs' without matching 'lock_epoch'
}
