// RUN: %check_poolguard %s poolguard-blocking-in-transaction

#include "pool.h"

using namespace std::chrono_literals;

void outside(pqxx::connection &connection) {
  std::this_thread::sleep_for(1s);
  {
    pqxx::work tx(connection);
    tx.exec("UPDATE t SET a = 1");
    tx.commit();
  }
  std::this_thread::sleep_for(1s);
}

void afterCommit(pqxx::connection &connection) {
  pqxx::work tx(connection);
  tx.exec("UPDATE t SET a = 1");
  tx.commit();
  app::http_get("http://example.org");
}

// The transaction is gone where the handler pauses.
void retried(pqxx::connection &connection) {
  for (int attempt = 0; attempt < 3; ++attempt) {
    try {
      pqxx::work tx(connection);
      tx.exec("UPDATE t SET a = 1");
      tx.commit();
      return;
    } catch (const pqxx::failure &) {
      std::this_thread::sleep_for(100ms);
    }
  }
}

// Every statement commits on its own.
void autocommit(pqxx::connection &connection) {
  pqxx::nontransaction n(connection);
  n.exec("SELECT 1");
  app::http_get("http://example.org");
}

// Made here, run elsewhere.
std::function<int()> stored(pqxx::connection &connection) {
  pqxx::work tx(connection);
  tx.exec("SELECT 1");
  std::function<int()> later = [] { return app::http_get("http://example.org"); };
  std::thread other([] { app::http_get("http://example.org"); });
  other.detach();
  tx.commit();
  return later;
}

// Open on some of the paths only.
void maybe(pqxx::connection &connection, bool wanted) {
  std::optional<pqxx::work> tx;
  if (wanted)
    tx.emplace(connection);
  app::http_get("http://example.org");
}

void moved(std::unique_ptr<pqxx::work> &into, pqxx::connection &connection) {
  auto tx = std::make_unique<pqxx::work>(connection);
  into = std::move(tx);
  app::http_get("http://example.org");
}

void reset(pqxx::connection &connection) {
  auto tx = std::make_unique<pqxx::work>(connection);
  tx->exec("SELECT 1");
  tx.reset();
  app::http_get("http://example.org");
}

int quick(int a) { return app::compute(a); }
void fast(pqxx::connection &connection) {
  pqxx::work tx(connection);
  quick(1);
  app::log("saved");
  tx.commit();
}

void suppressed(pqxx::connection &connection) {
  pqxx::work tx(connection);
  std::this_thread::sleep_for(1ms); // NOLINT(poolguard-blocking-in-transaction)
  tx.commit();
}
