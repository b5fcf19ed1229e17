// RUN: %check_poolguard %s poolguard-claim-without-skip-locked

#include "app.h"

void waits(app::Db &db) {
  db.execute("UPDATE jobs SET status = 'active', lock_epoch = lock_epoch + 1, lock_until = now() + interval '30 s' WHERE id = (SELECT id FROM jobs WHERE status = 'waiting' ORDER BY id LIMIT 1 FOR UPDATE) RETURNING id");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this claim locks rows of 'jobs' FOR UPDATE without SKIP LOCKED: every worker waits for the one before it, for a row that is taken when the lock comes free; add SKIP LOCKED [poolguard-claim-without-skip-locked]
  // CHECK-FIXES: LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id");
  db.execute(R"(
    SELECT j.id FROM jobs AS j WHERE j.status = 'waiting'
    ORDER BY j.id LIMIT 10
    FOR NO KEY UPDATE OF j
  )");
  // CHECK-MESSAGES: :[[@LINE-5]]:6: warning: this claim locks rows of 'jobs'
  // CHECK-FIXES: {{^}}    FOR NO KEY UPDATE OF j SKIP LOCKED{{$}}
}

const char *const kClaim = "SELECT id FROM jobs WHERE status = 'waiting' LIMIT 1 FOR UPDATE";
void constant(app::Db &db) {
  db.execute(kClaim);
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this claim locks rows of 'jobs'
  // CHECK-REMAINS: :[[@LINE-2]]:6: warning: this claim locks rows of 'jobs'
}

void unlocked(app::Db &db) {
  db.execute("UPDATE jobs SET status = 'active', lock_until = now() WHERE id = (SELECT id FROM jobs WHERE status = 'waiting' LIMIT 1)");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this claim picks a row of 'jobs' in a subquery that doesn't lock it: two workers pick the same row, and both get it; add FOR UPDATE SKIP LOCKED to the subquery
  // CHECK-REMAINS: :[[@LINE-2]]:6: warning: this claim picks a row
}

template <typename Database> void generic(Database &db) {
  db.execute("SELECT id FROM jobs WHERE status = 'waiting' LIMIT 1 FOR UPDATE");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this claim locks
  // CHECK-FIXES: LIMIT 1 FOR UPDATE SKIP LOCKED");
}
template void generic(app::Db &);

#define CLAIM "SELECT id FROM jobs WHERE status = 'waiting' LIMIT 1 FOR UPDATE"
void macro(app::Db &db) {
  db.execute(CLAIM);
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this claim locks
  // CHECK-REMAINS: :[[@LINE-2]]:6: warning: this claim locks
  db.execute(CLAIM); // NOLINT(poolguard-claim-without-skip-locked)
}
