// RUN: %check_poolguard %s poolguard-unfenced-transition

#include "app.h"

void fenced(app::Db &db) {
  db.execute("UPDATE jobs SET status = 'done', lock_until = NULL WHERE id = $1 AND lock_epoch = $2");
  db.execute("UPDATE jobs SET lock_until = now() WHERE (id, lock_epoch) IN (SELECT unnest($1::int[]), unnest($2::int[]))");
  db.execute("DELETE FROM jobs WHERE lock_epoch = $2 AND id = $1");
  db.execute("UPDATE jobs AS j SET status = 'done' FROM unnest($1::int[], $2::int[]) AS held (id, lock_epoch) "
             "WHERE j.id = held.id AND j.lock_epoch = held.lock_epoch");
}

void claims(app::Db &db) {
  db.execute("UPDATE jobs SET status = 'active', lock_epoch = lock_epoch + 1, lock_until = now() WHERE id = $1 AND status = 'waiting'");
}

void reaps(app::Db &db) {
  db.execute("UPDATE jobs SET status = 'waiting', lock_until = NULL WHERE status = 'active' AND lock_until < now()");
}

// Rows that nobody holds: their state says so.
void free_rows(app::Db &db) {
  db.execute("UPDATE jobs SET status = 'waiting' WHERE id = $1 AND status = 'dead'");
  db.execute("DELETE FROM jobs WHERE status IN ('done', 'dead') AND finished_at < now() - interval '7 days'");
}

// What is kept long enough goes.
void cleanUp(app::Db &db) {
  db.execute("DELETE FROM jobs WHERE queue = $1 AND finished_at IS NOT NULL AND finished_at < now() - $2::interval");
}

// Nobody has the row.
void takesFree(app::Db &db) {
  db.execute("UPDATE jobs SET status = 'paused' WHERE id = $1 AND lock_epoch IS NULL");
}

// Other columns, other tables, new rows.
void others(app::Db &db) {
  db.execute("UPDATE jobs SET progress = $2 WHERE id = $1");
  db.execute("UPDATE users SET status = 'done' WHERE id = $1");
  db.execute("INSERT INTO jobs (status) VALUES ('waiting')");
  db.execute("DELETE FROM jobs");
}

// A condition that isn't known may hold the fence.
void partly_known(app::Db &db, const std::string &condition) {
  db.execute("UPDATE jobs SET status = 'done' WHERE " + condition);
}
