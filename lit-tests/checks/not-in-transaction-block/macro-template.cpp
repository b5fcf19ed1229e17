// RUN: %check_poolguard %s poolguard-not-in-transaction-block

#include <pqxx/pqxx>

#define VACUUM(t, table) (t).exec("VACUUM " table)
void macro(pqxx::connection &connection) {
  pqxx::work tx(connection);
  VACUUM(tx, "jobs");
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: this statement can't run in a transaction block, and transaction 'tx' is open
  tx.commit();
  pqxx::nontransaction single(connection);
  VACUUM(single, "jobs");
}

template <typename Transaction> void vacuum(pqxx::connection &connection) {
  Transaction tx(connection);
  tx.exec("VACUUM jobs");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this statement can't run in a transaction block, and transaction 'tx' is open
}
template void vacuum<pqxx::work>(pqxx::connection &);
template void vacuum<pqxx::nontransaction>(pqxx::connection &); // here it can
