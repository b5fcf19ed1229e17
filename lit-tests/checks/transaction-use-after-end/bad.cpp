// RUN: %check_poolguard %s poolguard-transaction-use-after-end

#include "pool.h"

void committed(pqxx::connection &connection, int id) {
  pqxx::work tx(connection);
  tx.exec("UPDATE t SET a = 1");
  tx.commit();
  tx.exec_params("INSERT INTO log VALUES ($1)", id);
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: statement on transaction 'tx', which has ended: libpqxx doesn't look at the transaction's state here and runs it in autocommit, so nothing undoes it; run it before the end, or open a transaction of its own [poolguard-transaction-use-after-end]
  tx.exec_prepared("note", id);
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: statement on transaction 'tx', which has ended: libpqxx doesn't look
  tx.exec("SELECT 1");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: statement on transaction 'tx', which has ended: libpqxx throws 'pqxx::usage_error'
}

void ended(pqxx::connection &connection, bool good) {
  pqxx::work tx(connection);
  tx.exec("UPDATE t SET a = 1");
  if (good)
    tx.commit();
  else
    tx.abort();
  tx.exec_params("INSERT INTO log VALUES (1)");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: statement on transaction 'tx', which has ended
}

// In the handler of a commit that failed.
void failed(pqxx::connection &connection) {
  pqxx::work tx(connection);
  tx.exec("UPDATE t SET a = 1");
  tx.abort();
  try {
    app::log("aborted");
  } catch (...) {
  }
  tx.exec_params("INSERT INTO log VALUES (1)");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: statement on transaction 'tx', which has ended
}

// Handed to what runs a statement.
void store(pqxx::transaction_base &t) { t.exec_params("INSERT INTO log VALUES (1)"); }
void notify(pqxx::transaction_base &t, int) { store(t); }
void handedDown(pqxx::connection &connection) {
  pqxx::work tx(connection);
  tx.exec("UPDATE t SET a = 1");
  tx.commit();
  notify(tx, 1);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'notify' runs a statement on transaction 'tx', which has ended: libpqxx doesn't look
}

void given(pqxx::work &tx) {
  tx.commit();
  tx.exec_params("INSERT INTO log VALUES (1)");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: statement on transaction 'tx', which has ended
}

void pointer(pqxx::connection &connection) {
  auto tx = std::make_unique<pqxx::work>(connection);
  tx->commit();
  tx->exec_params("INSERT INTO log VALUES (1)");
  // CHECK-MESSAGES: :[[@LINE-1]]:7: warning: statement on transaction 'tx', which has ended
}

template <typename Tx> void generic(pqxx::connection &connection) {
  Tx tx(connection);
  tx.commit();
  tx.exec_params("INSERT INTO log VALUES (1)");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: statement on transaction 'tx', which has ended
}
template void generic<pqxx::work>(pqxx::connection &);
