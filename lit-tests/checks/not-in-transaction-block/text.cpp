// RUN: %check_poolguard %s poolguard-not-in-transaction-block -- -config=../../Inputs/prepared.yaml

// Transactions that BEGIN and COMMIT open and end as text.
#include <libpq/libpq-fe.h>
#include "pool.h"

void vacuum(PGconn *connection) {
  PQclear(PQexec(connection, "VACUUM t"));
  PQclear(PQexec(connection, "BEGIN"));
  PQclear(PQexec(connection, "VACUUM t"));
  // CHECK-MESSAGES: :[[@LINE-1]]:11: warning: this statement can't run in a transaction block, and the transaction on 'connection' is open: PostgreSQL refuses it
  PQclear(PQexec(connection, "ROLLBACK"));
  PQclear(PQexec(connection, "VACUUM t"));
}

// Another connection.
void beside(PGconn *connection, PGconn *other) {
  PQclear(PQexec(connection, "BEGIN"));
  PQclear(PQexec(other, "VACUUM t"));
  PQclear(PQexec(connection, "COMMIT"));
}

// What autocommit makes meaningless has its meaning after BEGIN.
void each(pqxx::connection &connection) {
  pqxx::nontransaction n(connection);
  n.exec("SELECT a FROM t FOR UPDATE");
  // CHECK-MESSAGES: :[[@LINE-1]]:5: warning: 'FOR UPDATE' in autocommit, on 'n'
  n.exec("BEGIN");
  n.exec("SET LOCAL lock_timeout = '1s'");
  n.exec("SELECT a FROM t FOR UPDATE");
  n.exec("COMMIT");
}
