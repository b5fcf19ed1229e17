// RUN: %check_poolguard %s poolguard-transaction-use-after-end

#include <pqxx/pqxx>

#define SAY(t) (t).exec_params("INSERT INTO log VALUES ($1)", 1)
void macro(pqxx::connection &connection) {
  pqxx::work tx(connection);
  SAY(tx);
  tx.commit();
  SAY(tx);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: statement on transaction 'tx', which has ended
}
