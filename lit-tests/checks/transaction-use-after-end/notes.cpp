// RUN: %check_poolguard %s poolguard-transaction-use-after-end

#include "pool.h"

void store(pqxx::transaction_base &t) { t.exec_params("INSERT INTO log VALUES (1)"); }
void notify(pqxx::transaction_base &t) { store(t); }
void handedDown(pqxx::connection &connection) {
  pqxx::work tx(connection);
  tx.commit();
  notify(tx);
  // CHECK-NOTES: :[[@LINE-1]]:3: warning: 'notify' runs a statement on transaction 'tx', which has ended
  // CHECK-NOTES: :[[@LINE-3]]:6: note: 'tx' ends here
  // CHECK-NOTES: :[[@LINE-7]]:42: note: 'notify' calls 'store' here
  // CHECK-NOTES: :[[@LINE-9]]:43: note: 'store' calls 'pqxx::transaction_base::exec_params' here
}
