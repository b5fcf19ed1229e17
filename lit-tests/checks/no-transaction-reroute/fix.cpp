// RUN: %check_poolguard %s poolguard-no-transaction-reroute

#include <poolguard/annotations.hpp>

struct Engine {
  POOLGUARD_EXECUTES("transaction", 0) int execute(const char *sql);
  template <typename Body> POOLGUARD_RUNS_IN_TRANSACTION(0, "transaction") void transaction(Body &&body) {
    body(*this);
  }
};

void both(Engine &db) {
  db.transaction([&](Engine &tx) {
    tx.execute("SELECT 1");
    db.execute("SELECT 2");
    // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: this statement runs on another connection while the transaction is open: {{.*}}; run it on 'tx' [poolguard-no-transaction-reroute]
    // CHECK-FIXES: {{^}}    tx.execute("SELECT 2");
  });
}
