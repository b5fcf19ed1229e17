// RUN: %check_poolguard %s poolguard-missing-commit

#include <pqxx/pqxx>

#define WRITE(t) (t).exec("INSERT INTO t VALUES (1)")
#define COMMIT(t) (t).commit()
void macro(pqxx::connection &connection) {
  pqxx::work tx(connection);
  // CHECK-MESSAGES: :[[@LINE-1]]:14: warning: transaction 'tx' writes and is never committed
  WRITE(tx);
}
void committed(pqxx::connection &connection) {
  pqxx::work tx(connection);
  WRITE(tx);
  COMMIT(tx);
}
