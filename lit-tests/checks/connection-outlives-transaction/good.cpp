// RUN: %check_poolguard %s poolguard-connection-outlives-transaction

#include "pool.h"

// commit() takes the transaction off the connection, so releasing it afterwards is harmless.
void committed(app::RawPool &pool) {
  pqxx::connection *connection = pool.acquire();
  pqxx::work tx(*connection);
  tx.exec("SELECT 1");
  tx.commit();
  pool.release(connection);
}

void aborted(app::RawPool &pool) {
  pqxx::connection *connection = pool.acquire();
  pqxx::work tx(*connection);
  tx.exec("SELECT 1");
  tx.abort();
  pool.release(connection);
}

void scoped(app::RawPool &pool) {
  pqxx::connection *connection = pool.acquire();
  {
    pqxx::work tx(*connection);
    tx.exec("SELECT 1");
  }
  pool.release(connection);
}

void handler(app::RawPool &pool) {
  pqxx::connection *connection = pool.acquire();
  try {
    pqxx::work tx(*connection);
    tx.exec("SELECT 1");
    tx.commit();
  } catch (...) {
    pool.release(connection);
    throw;
  }
  pool.release(connection);
}

void another(app::RawPool &pool) {
  pqxx::connection *first = pool.acquire();
  pqxx::connection *second = pool.acquire();
  pqxx::work tx(*first);
  tx.exec("SELECT 1");
  pool.release(second);
  tx.commit();
  pool.release(first);
}

void order(app::Pool &pool) {
  auto connection = pool.take();
  pqxx::work tx(*connection);
  tx.exec("SELECT 1");
}

void pointers(app::Pool &pool) {
  auto connection = pool.take();
  auto tx = std::make_unique<pqxx::work>(*connection);
  tx->exec("SELECT 1");
}

void resetFirst(app::Pool &pool) {
  std::unique_ptr<pqxx::work> tx;
  auto connection = pool.take();
  tx = std::make_unique<pqxx::work>(*connection);
  tx->commit();
  tx.reset();
}

// A reference owns nothing.
pqxx::connection &shared();
void reference() {
  std::unique_ptr<pqxx::work> tx;
  pqxx::connection &connection = shared();
  tx = std::make_unique<pqxx::work>(connection);
  tx->commit();
}

std::shared_ptr<pqxx::connection> kept();
void sharedOwner() {
  pqxx::work tx(*kept());
  tx.exec("SELECT 1");
  tx.commit();
}

void suppressed(app::RawPool &pool) {
  pqxx::connection *connection = pool.acquire();
  pqxx::work tx(*connection);
  pool.release(connection); // NOLINT(poolguard-connection-outlives-transaction)
}
