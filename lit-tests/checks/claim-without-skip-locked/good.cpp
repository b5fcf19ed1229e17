// RUN: %check_poolguard %s poolguard-claim-without-skip-locked

#include "app.h"

void skips(app::Db &db) {
  db.execute("UPDATE jobs SET status = 'active', lock_until = now() WHERE id = (SELECT id FROM jobs WHERE status = 'waiting' LIMIT 1 FOR UPDATE SKIP LOCKED)");
  db.execute("SELECT id FROM jobs WHERE status = 'waiting' LIMIT 1 FOR UPDATE NOWAIT");
  db.execute("UPDATE jobs SET status = 'active', lock_until = now() WHERE id = (SELECT id FROM jobs WHERE status = 'waiting' LIMIT 1) AND status = 'waiting'");
}

// One row that is known, and rows that are only looked at.
void others(app::Db &db) {
  db.execute("SELECT id FROM jobs WHERE id = $1 FOR UPDATE");
  db.execute("SELECT id FROM jobs WHERE status = 'waiting' LIMIT 10");
  db.execute("SELECT id FROM users LIMIT 1 FOR UPDATE");
}

// In two statements: that is poolguard-worker-pool-atomicity's.
void two_steps(app::Db &db) {
  db.execute("SELECT id FROM jobs WHERE status = 'waiting' LIMIT 1");
  db.execute("UPDATE jobs SET status = 'active', lock_until = now() WHERE id = $1");
}
