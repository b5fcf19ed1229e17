// RUN: %check_poolguard %s poolguard-blocking-in-transaction

#include "pool.h"

// In a macro the finding is where the macro is used.
#define CARRIER() app::http_get("https://carrier.example")
void macro(pqxx::connection &connection) {
  pqxx::work tx(connection);
  CARRIER();
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'app::http_get' waits while transaction 'tx' is open
  tx.commit();
  CARRIER();
}

#define IN_TRANSACTION(c, body) \
  do { \
    pqxx::work tx(c); \
    body; \
    tx.commit(); \
  } while (false)
void bodyInMacro(pqxx::connection &connection) {
  IN_TRANSACTION(connection, app::http_get("https://carrier.example"));
  // CHECK-MESSAGES: :[[@LINE-1]]:35: warning: 'app::http_get' waits while transaction 'tx' is open
  IN_TRANSACTION(connection, tx.exec("SELECT 1"));
}

template <typename Connection, typename Wait> void waits(Connection &connection, Wait wait) {
  pqxx::work tx(connection);
  wait();
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: {{.*}} waits in 'app::http_get' while transaction 'tx' is open
  tx.commit();
}
template <typename Connection> void calls(Connection &connection) {
  pqxx::work tx(connection);
  app::http_get("https://carrier.example");
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: 'app::http_get' waits while transaction 'tx' is open
  tx.commit();
}
void instances(pqxx::connection &connection) {
  waits(connection, [] { app::http_get("https://carrier.example"); });
  calls(connection);
}
