// RUN: %check_poolguard %s poolguard-not-in-transaction-block

#include "pool.h"

void vacuum(pqxx::connection &connection) {
  pqxx::work tx(connection);
  tx.exec("VACUUM jobs");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this statement can't run in a transaction block, and transaction 'tx' is open: PostgreSQL refuses it (25001), and the transaction is lost with it; run it in autocommit (with libpqxx, on a 'pqxx::nontransaction') [poolguard-not-in-transaction-block]
  tx.exec("CREATE INDEX CONCURRENTLY i ON jobs (a)");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this statement can't run in a transaction block
  tx.commit();
}

void index(pqxx::transaction_base &t, const char *sql) { t.exec(sql); }
void migrate(pqxx::connection &connection) {
  pqxx::work tx(connection);
  index(tx, "DROP INDEX CONCURRENTLY i");
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: this statement can't run in a transaction block, and transaction 'tx' is open
  tx.commit();
}

void callable(app::Database &db) {
  db.transaction([](app::Database &tx) {
    tx.execute("VACUUM");
    // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: this statement can't run in a transaction block, and the transaction is open
  });
}

void autocommit(pqxx::connection &connection) {
  pqxx::nontransaction n(connection);
  n.exec("SELECT id FROM jobs WHERE id = 1 FOR UPDATE");
  // CHECK-MESSAGES: :[[@LINE-1]]:5: warning: 'FOR UPDATE' in autocommit, on 'n': its effect ends with the statement itself, so it protects nothing that comes after; run it in a transaction with the statements that need it
  n.exec("SET LOCAL statement_timeout = '5s'");
  // CHECK-MESSAGES: :[[@LINE-1]]:5: warning: 'SET LOCAL' in autocommit, on 'n'
  n.exec("LOCK TABLE jobs");
  // CHECK-MESSAGES: :[[@LINE-1]]:5: warning: 'LOCK TABLE' in autocommit, on 'n'
}
