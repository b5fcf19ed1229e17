// RUN: %check_poolguard %s poolguard-connection-outlives-transaction

#include "pool.h"

void released(app::RawPool &pool) {
  pqxx::connection *connection = pool.acquire();
  pqxx::work tx(*connection);
  tx.exec("SELECT 1");
  pool.release(connection);
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: 'app::RawPool::release' hands the connection back while transaction 'tx' on it is open: whoever gets the connection next works inside that transaction, or on a connection that is gone; commit or abort first, or end the transaction's scope [poolguard-connection-outlives-transaction]
}

void lease(app::Pool &pool) {
  auto connection = pool.take();
  pqxx::work tx(*connection);
  tx.exec("SELECT 1");
  pool.give_back(connection);
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: 'app::Pool::give_back' hands the connection back while transaction 'tx' on it is open
}

// A nontransaction that lives is in the way of the next user's transaction too.
void autocommit(app::RawPool &pool) {
  pqxx::connection *connection = pool.acquire();
  pqxx::nontransaction n(*connection);
  n.exec("SELECT 1");
  pool.release(connection);
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: 'app::RawPool::release' hands the connection back while transaction 'n' on it is open
}

void giveBack(app::RawPool &pool, pqxx::connection *connection) { pool.release(connection); }
void overCalls(app::RawPool &pool) {
  pqxx::connection *connection = pool.acquire();
  pqxx::work tx(*connection);
  tx.exec("SELECT 1");
  giveBack(pool, connection);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'giveBack' hands the connection back while transaction 'tx' on it is open
}

// Destroyed in the opposite order of their declarations.
void order(app::Pool &pool) {
  std::unique_ptr<pqxx::work> tx;
  auto connection = pool.take();
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: the handle of the connection is destroyed before transaction 'tx' on it: {{.*}}; declare the handle before the transaction, so that it is destroyed after it
  tx = std::make_unique<pqxx::work>(*connection);
  tx->exec("SELECT 1");
}

void scope(app::Pool &pool) {
  std::optional<pqxx::work> tx;
  {
    app::Lease connection = pool.take();
    // CHECK-MESSAGES: :[[@LINE-1]]:16: warning: the handle of the connection is destroyed before transaction 'tx' on it
    tx.emplace(*connection);
  }
  tx->exec("SELECT 1");
  tx->commit();
}

// The handle is a temporary.
void temporary(app::Pool &pool) {
  pqxx::work tx(*pool.take());
  // CHECK-MESSAGES: :[[@LINE-1]]:23: warning: the handle of the connection is destroyed before transaction 'tx' on it
  tx.exec("SELECT 1");
  tx.commit();
}
