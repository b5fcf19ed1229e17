// RUN: %check_poolguard %s poolguard-missing-commit -- -config=../../Inputs/prepared.yaml

// Transactions that BEGIN and COMMIT open and end as text.
#include <libpq/libpq-fe.h>
#include "pool.h"

bool good(PGresult *result);

void forgets(PGconn *connection) {
  PQclear(PQexec(connection, "BEGIN"));
  PGresult *changed = PQexec(connection, "UPDATE t SET a = 1");
  if (!good(changed))
    return;
  // CHECK-MESSAGES: :[[@LINE-1]]:5: warning: this returns with the transaction on 'connection' open: its locks and its snapshot stay, and whoever uses the connection next runs in it without knowing; send COMMIT or ROLLBACK on this path too [poolguard-missing-commit]
  PQclear(PQexec(connection, "COMMIT"));
}

// At the closing brace.
void atEnd(PGconn *connection, bool keep) {
  PQclear(PQexec(connection, "BEGIN"));
  PQclear(PQexec(connection, "UPDATE t SET a = 1"));
  if (keep) {
    PQclear(PQexec(connection, "COMMIT"));
    return;
  }
  app::log("not kept");
}
// CHECK-MESSAGES: :[[@LINE-1]]:1: warning: this returns with the transaction on 'connection' open

// BEGIN itself has failed.
void refused(PGconn *connection) {
  PGresult *begun = PQexec(connection, "BEGIN");
  if (!good(begun))
    return;
  PQclear(PQexec(connection, "UPDATE t SET a = 1"));
  PQclear(PQexec(connection, "COMMIT"));
}

// The caller is told, and may roll back.
bool told(PGconn *connection) {
  PQclear(PQexec(connection, "BEGIN"));
  PGresult *changed = PQexec(connection, "UPDATE t SET a = 1");
  if (!good(changed))
    return false;
  PQclear(PQexec(connection, "COMMIT"));
  return true;
}

// Somebody else ends it, or the connection.
void giveUp(PGconn *connection);
void elsewhere(PGconn *connection) {
  PQclear(PQexec(connection, "BEGIN"));
  PGresult *changed = PQexec(connection, "UPDATE t SET a = 1");
  if (!good(changed)) {
    giveUp(connection);
    return;
  }
  PQclear(PQexec(connection, "COMMIT"));
}
void closed(PGconn *connection) {
  PQclear(PQexec(connection, "BEGIN"));
  PGresult *changed = PQexec(connection, "UPDATE t SET a = 1");
  if (!good(changed)) {
    PQfinish(connection);
    return;
  }
  PQclear(PQexec(connection, "COMMIT"));
}
struct Guard {
  explicit Guard(PGconn *connection);
  ~Guard();
};
void guarded(PGconn *connection) {
  Guard rollback(connection);
  PQclear(PQexec(connection, "BEGIN"));
  PGresult *changed = PQexec(connection, "UPDATE t SET a = 1");
  if (!good(changed))
    return;
  PQclear(PQexec(connection, "COMMIT"));
}
void atExit(std::function<void()> last);
void later(PGconn *connection) {
  atExit([connection] { PQclear(PQexec(connection, "ROLLBACK")); });
  PQclear(PQexec(connection, "BEGIN"));
  PGresult *changed = PQexec(connection, "UPDATE t SET a = 1");
  if (!good(changed))
    return;
  PQclear(PQexec(connection, "COMMIT"));
}
void opens(PGconn *connection) {
  PQclear(PQexec(connection, "BEGIN"));
  PQclear(PQexec(connection, "UPDATE t SET a = 1"));
}
void ownConnection(const char *options, bool keep) {
  pqxx::connection connection(options);
  pqxx::nontransaction n(connection);
  n.exec("BEGIN");
  n.exec("UPDATE t SET a = 1");
  if (keep)
    n.exec("COMMIT");
}
