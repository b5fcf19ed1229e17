// RUN: %check_poolguard %s poolguard-blocking-in-transaction

#include "pool.h"

using namespace std::chrono_literals;

void pause(pqxx::connection &connection) {
  pqxx::work tx(connection);
  tx.exec("UPDATE t SET a = 1");
  std::this_thread::sleep_for(1s);
  // CHECK-MESSAGES: :[[@LINE-1]]:21: warning: 'std::this_thread::sleep_for' waits while transaction 'tx' is open: its row locks, its snapshot and its server connection are held for as long, and a few such calls empty the pool for everybody; wait before the transaction is opened, or after the commit [poolguard-blocking-in-transaction]
  tx.commit();
}

int fetch(int id) { return id > 0 ? app::http_get("http://example.org") : 0; }
int price(int id) { return fetch(id) * 2; }

void overCalls(app::Pool &pool) {
  auto lease = pool.take();
  pqxx::work tx(*lease);
  int value = price(7);
  // CHECK-MESSAGES: :[[@LINE-1]]:15: warning: 'price' waits in 'app::http_get' while transaction 'tx' is open
  tx.exec_params("UPDATE t SET a = $1", value);
  tx.commit();
}

void callable(app::Database &db, std::future<int> &answer) {
  db.transaction([&](app::Database &tx) {
    tx.execute("SELECT 1");
    app::compute(answer.get());
    // CHECK-MESSAGES: :[[@LINE-1]]:25: warning: 'std::future::get' waits while the transaction is open
  });
}

void named(app::Database &db) {
  auto body = [](pqxx::work &tx) {
    tx.exec("SELECT 1");
    app::http_get("http://example.org");
    // CHECK-MESSAGES: :[[@LINE-1]]:10: warning: 'app::http_get' waits while transaction 'tx' is open
  };
  db.work(body);
}

// The retry's pause is in the transaction, which stays open over the attempts.
void retried(pqxx::connection &connection) {
  pqxx::work tx(connection);
  for (int attempt = 0; attempt < 3; ++attempt) {
    try {
      tx.exec("UPDATE t SET a = 1");
      break;
    } catch (const pqxx::failure &) {
      std::this_thread::sleep_for(100ms);
      // CHECK-MESSAGES: :[[@LINE-1]]:25: warning: 'std::this_thread::sleep_for' waits while transaction 'tx' is open
    }
  }
  tx.commit();
}

void conditional(pqxx::connection &connection, std::condition_variable &ready, std::unique_lock<std::mutex> &lock) {
  pqxx::work tx(connection);
  tx.exec("UPDATE t SET a = 1");
  ready.wait(lock);
  // CHECK-MESSAGES: :[[@LINE-1]]:9: warning: 'std::condition_variable::wait' waits while transaction 'tx' is open
  tx.commit();
}

// A function that is given an open transaction.
void given(pqxx::work &tx) {
  tx.exec("UPDATE t SET a = 1");
  app::http_get("http://example.org");
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: 'app::http_get' waits while transaction 'tx' is open
}

void pointer(pqxx::connection &connection) {
  auto tx = std::make_unique<pqxx::work>(connection);
  tx->exec("UPDATE t SET a = 1");
  std::this_thread::sleep_for(1s);
  // CHECK-MESSAGES: :[[@LINE-1]]:21: warning: 'std::this_thread::sleep_for' waits while transaction 'tx' is open
  tx->commit();
}
