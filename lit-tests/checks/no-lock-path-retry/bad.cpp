// RUN: %check_poolguard %s poolguard-no-lock-path-retry

#include "app.h"
#include "retry.h"

#include <stdexcept>

constexpr const char *kRenew = "UPDATE jobs SET lock_until = now() + interval '30 s' WHERE id = $1 AND lock_epoch = $2";
constexpr const char *kClaim = "UPDATE jobs SET status = 'active', lock_epoch = lock_epoch + 1, lock_until = now() "
                               "WHERE id = (SELECT id FROM jobs WHERE status = 'waiting' LIMIT 1 FOR UPDATE SKIP LOCKED)";

void role(app::Db &db) {
  app::with_retry([&] { db.execute_direct(kRenew); });
  // CHECK-MESSAGES: :[[@LINE-1]]:28: warning: this statement, which renews a lease of 'jobs', runs inside a retry by 'app::with_retry': when the answer to the first attempt is lost, its lease stands with no owner, and the attempts that follow outlast the lease of the jobs that are running; run it once, and let the next tick try again [poolguard-no-lock-path-retry]
}

void loop(app::Db &db) {
  for (int i = 0; i < 3; ++i) {
    try {
      db.execute_direct(kClaim);
      // CHECK-MESSAGES: :[[@LINE-1]]:10: warning: this statement, which claims a lease of 'jobs', runs inside the retry loop in 'loop'
      return;
    } catch (const std::exception &) {
    }
  }
}

void renew(app::Db &db) { db.execute_direct(kRenew); }
// CHECK-MESSAGES: :[[@LINE-1]]:30: warning: this statement, which renews a lease of 'jobs', runs inside a retry by 'app::with_retry'
void tick(app::Db &db) { renew(db); }
void far(app::Db &db) {
  app::with_retry([&] { tick(db); });
}

// The text comes from the caller, and the helper retries.
void run_with_retry(app::Db &db, const char *sql) {
  app::with_retry([&] { db.execute_direct(sql); });
}
void through_helper(app::Db &db) {
  run_with_retry(db, kRenew);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: this statement, which renews a lease
  run_with_retry(db, "SELECT 1");
}

struct Queue {
  POOLGUARD_LOCK_PATH bool renew_lock(int id);
};
void by_role(Queue &queue) {
  app::retried("renew", [&] { return queue.renew_lock(1) ? 0 : 1; });
  // CHECK-MESSAGES: :[[@LINE-1]]:44: warning: 'Queue::renew_lock', which is on the lock path, runs inside a retry by 'app::retried'
}

struct Retrying {
  POOLGUARD_RETRIES(3) void beat(app::Db &db) {
    db.execute_direct(kRenew);
    // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: this statement, which renews a lease of 'jobs', runs inside 'Retrying::beat', which retries
  }
};

template <typename Database> void generic(Database &db) {
  app::with_retry([&] { db.execute_direct(kRenew); });
  // CHECK-MESSAGES: :[[@LINE-1]]:28: warning: this statement, which renews
}
template void generic(app::Db &);

#define BEAT(db) app::with_retry([&] { db.execute_direct(kRenew); })
void macro(app::Db &db) {
  BEAT(db);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: this statement, which renews
}

void suppressed(app::Db &db) {
  app::with_retry([&] { db.execute_direct(kRenew); }); // NOLINT(poolguard-no-lock-path-retry)
}
