// RUN: %check_poolguard %s poolguard-no-double-retry

#include "retry.h"

#include <pqxx/pqxx>

void direct(app::Store &store) {
  app::with_retry([&] { store.upsert_batch(1); });
  // CHECK-MESSAGES: :[[@LINE-1]]:31: warning: 'app::Store::upsert_batch', which retries, runs inside a retry by 'app::with_retry': up to 3 x 3 = 9 attempts reach a server that is in trouble already; let one layer own the retries, and call what doesn't retry from inside it [poolguard-no-double-retry]
}

void nested() {
  app::with_retry([] {
    app::retried("refresh", [] { app::refresh(); return 0; });
    // CHECK-MESSAGES: :[[@LINE-1]]:10: warning: 'app::retried', which retries, runs inside a retry by 'app::with_retry': up to 3 x 5 = 15 attempts
  });
}

void unknown_count(app::Store &store) {
  app::until_done([&] { store.upsert_batch(1); });
  // CHECK-MESSAGES: :[[@LINE-1]]:31: warning: 'app::Store::upsert_batch', which retries, runs inside a retry by 'app::until_done': the attempts of both, multiplied, reach
}

// Three calls down.
void save_row(app::Store &store) { store.upsert_batch(1); }
void save_all(app::Store &store) {
  for (int i = 0; i < 10; ++i)
    save_row(store);
}
void far(app::Store &store) {
  app::with_retry([&] {
    save_all(store);
    // CHECK-MESSAGES: :[[@LINE-1]]:5: warning: this call reaches 'app::Store::upsert_batch', which retries, inside a retry by 'app::with_retry': up to 3 x 3 = 9 attempts
  });
}

// pqxx::perform makes three attempts.
void performs(pqxx::connection &connection, app::Store &store) {
  pqxx::perform([&] {
    pqxx::work tx(connection);
    tx.exec("SELECT 1");
    tx.commit();
    store.upsert_batch(2);
    // CHECK-MESSAGES: :[[@LINE-1]]:11: warning: 'app::Store::upsert_batch', which retries, runs inside a retry by 'pqxx::perform': up to 3 x 3 = 9 attempts
  });
}
void outer_loop(pqxx::connection &connection) {
  for (int attempt = 0; attempt < 4; ++attempt) {
    try {
      pqxx::perform([&] { pqxx::work tx(connection); tx.exec("SELECT 1"); tx.commit(); });
      // CHECK-MESSAGES: :[[@LINE-1]]:13: warning: 'pqxx::perform', which retries, runs inside the retry loop in 'outer_loop': up to 4 x 3 = 12 attempts
      return;
    } catch (const pqxx::broken_connection &) {
      std::this_thread::sleep_for(std::chrono::seconds(1));
    }
  }
}

// A function, a pointer to one, a bound member, a std::function, a variable.
void job() { app::retried("job", [] { return 1; }); }
// CHECK-MESSAGES: :[[@LINE-1]]:19: warning: 'app::retried', which retries, runs inside a retry by 'app::with_retry'
void by_name() { app::with_retry(job); }
void by_variable(app::Store &store) {
  std::function<void()> body = [&] { store.upsert_batch(3); };
  // CHECK-MESSAGES: :[[@LINE-1]]:44: warning: 'app::Store::upsert_batch', which retries, runs inside
  app::with_retry(body);
}
void by_bind(app::Store &store) {
  app::with_retry(std::bind(&app::Store::upsert_batch, &store, 4));
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: 'app::Store::upsert_batch', which retries, runs inside a retry by 'app::with_retry'
}

struct Base {
  virtual ~Base() = default;
  virtual void run() = 0;
};
struct Retrying : Base {
  app::Store store;
  void run() override { store.upsert_batch(1); }
};
void overridden(Base &base) {
  app::with_retry([&] { base.run(); });
  // CHECK-MESSAGES: :[[@LINE-1]]:30: warning: this call reaches 'app::Store::upsert_batch', which retries, inside
}

template <typename Backend> void generic(Backend &backend) {
  app::with_retry([&] { backend.upsert_batch(1); });
  // CHECK-MESSAGES: :[[@LINE-1]]:33: warning: 'app::Store::upsert_batch', which retries, runs inside
}
template void generic(app::Store &);

#define RETRY(body) app::with_retry([&] { body; })
void macro(app::Store &store) {
  RETRY(store.upsert_batch(1));
  // CHECK-MESSAGES: :[[@LINE-1]]:15: warning: 'app::Store::upsert_batch', which retries, runs inside
}

void suppressed(app::Store &store) {
  app::with_retry([&] { store.upsert_batch(1); }); // NOLINT(poolguard-no-double-retry)
}
