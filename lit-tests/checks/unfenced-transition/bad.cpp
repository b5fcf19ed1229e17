// RUN: %check_poolguard %s poolguard-unfenced-transition

#include "app.h"

void claim(app::Db &db) {
  db.execute("UPDATE jobs SET status = 'active', lock_epoch = lock_epoch + 1, lock_until = now() WHERE id = $1 AND status = 'waiting'");
}

void transitions(app::Db &db, int id) {
  db.execute("UPDATE jobs SET status = 'done' WHERE id = $1");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this statement changes a leased row of 'jobs' without matching 'lock_epoch': a worker whose lease ran out will overwrite what the next owner does; add 'lock_epoch = ' with the epoch of the claim to its WHERE, and look at the number of rows [poolguard-unfenced-transition]
  db.execute("UPDATE jobs SET status = 'failed', lock_until = NULL WHERE id = $1 AND status = 'active'");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this statement changes a leased row
  db.execute("DELETE FROM jobs WHERE id = $1");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this statement deletes a leased row of 'jobs'
  db.execute("UPDATE jobs SET lock_until = now() + interval '30 s' WHERE id = $1");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this statement renews a lease of 'jobs' without matching 'lock_epoch'
  db.execute("UPDATE jobs SET status = 'done' WHERE id = $1 AND (lock_epoch = $2 OR $3)");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this statement changes
  db.execute("UPDATE jobs SET status = 'waiting'");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this statement changes
  db.execute("UPDATE jobs SET status = 'done' WHERE id = " + std::to_string(id));
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this statement changes
  db.execute("INSERT INTO jobs (id, status) VALUES (1, 'waiting') ON CONFLICT (id) DO UPDATE SET status = 'waiting'");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this statement changes
}

void finish(app::Db &db, const std::string &condition) { db.execute("UPDATE jobs SET status = 'done' WHERE " + condition); }
void named(app::Db &db) {
  finish(db, "id = $1");
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: this statement changes
  finish(db, "id = $1 AND lock_epoch = $2");
}

#define FINISH "UPDATE jobs SET status = 'done' WHERE id = $1"
void macro(app::Db &db) {
  db.execute(FINISH);
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this statement changes
}

// That somebody has it doesn't say who.
void anyOwner(app::Db &db) {
  db.execute("UPDATE jobs SET status = 'waiting' WHERE id = $1 AND lock_epoch IS NOT NULL");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this statement changes
  db.execute("DELETE FROM jobs WHERE id = $1 OR finished_at < now()");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this statement deletes
}

template <typename Database> void generic(Database &db) {
  db.execute("DELETE FROM jobs WHERE id = $1");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this statement deletes
}
template void generic(app::Db &);

void suppressed(app::Db &db) {
  db.execute("DELETE FROM jobs WHERE id = $1"); // NOLINT(poolguard-unfenced-transition)
}
