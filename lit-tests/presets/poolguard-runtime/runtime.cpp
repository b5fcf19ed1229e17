// RUN: %check_poolguard %s poolguard-* -- -config=config.yaml
// RUN: %preset_roles poolguard-runtime %S/config.yaml %s -- -std=c++20 -I%runtime_include

// The runtime's own headers, as a compiler sees them that knows no annotations.
#include <poolguard/annotations.hpp>
#undef POOLGUARD_ROLE
#define POOLGUARD_ROLE(...)

#include <poolguard/connection_manager.hpp>
#include <poolguard/embedded_engine.hpp>
#include <poolguard/engine.hpp>
#include <poolguard/postgres_engine.hpp>
#include <poolguard/queue.hpp>

using namespace std::chrono_literals;
namespace pg = poolguard;

constexpr const char *kRenew = "UPDATE jobs SET lock_until = now() WHERE id = $1 AND lock_epoch = $2";

void routes(pg::Engine &engine, pg::PostgresEngine &postgres, pg::EmbeddedEngine &embedded) {
  if (engine.execute(kRenew).affected_rows() == 0)
    return;
  // CHECK-MESSAGES: :[[@LINE-2]]:14: warning: this statement, which renews a lease of 'jobs', reaches the server on the transaction lane through 'poolguard::Engine::execute'
  if (postgres.execute(kRenew).affected_rows() == 0)
    return;
  // CHECK-MESSAGES: :[[@LINE-2]]:16: warning: this statement, which renews a lease of 'jobs', reaches the server on the transaction lane
}

void transactions(pg::Engine &engine, pg::PostgresEngine &postgres, pg::EmbeddedEngine &embedded) {
  engine.transaction([&](pg::TransactionEngine &tx) {
    tx.execute("VACUUM t");
    // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: this statement can't run in a transaction block
    tx.execute_direct("VACUUM t");
    // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: this statement can't run in a transaction block
    engine.execute_direct("DELETE FROM t");
    // CHECK-MESSAGES: :[[@LINE-1]]:12: warning: this statement runs on another connection
    postgres.execute_direct("DELETE FROM t");
    // CHECK-MESSAGES: :[[@LINE-1]]:14: warning: this statement runs on another connection
    embedded.execute_direct("DELETE FROM t");
    // CHECK-MESSAGES: :[[@LINE-1]]:14: warning: this statement runs on another connection
    tx.transaction([&](pg::TransactionEngine &inner) {
      inner.execute("DELETE FROM t");
      postgres.execute("DELETE FROM t");
      // CHECK-MESSAGES: :[[@LINE-1]]:16: warning: this statement runs on another connection
    });
  });
  postgres.transaction([&](pg::TransactionEngine &tx) {
    engine.execute("DELETE FROM t");
    // CHECK-MESSAGES: :[[@LINE-1]]:12: warning: this statement runs on another connection
  });
}

void waits(pg::Engine &engine, pg::Listener &listener) {
  const auto heard = listener.wait(1s, {});
  engine.transaction([&](pg::TransactionEngine &tx) {
    const auto more = listener.wait(1s, {});
    // CHECK-MESSAGES: :[[@LINE-1]]:32: warning: 'poolguard::Listener::wait' waits while the transaction is open
  });
}

void pools(pg::ConnectionManager &manager) {
  manager.transaction_pool().acquire().execute("LISTEN jobs");
  // CHECK-MESSAGES: :[[@LINE-1]]:40: warning: 'LISTEN' listens on a channel on the transaction lane
  manager.session_pool().acquire().execute("LISTEN jobs");
  manager.dedicated_session()->execute("LISTEN jobs");
}
