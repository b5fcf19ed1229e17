// RUN: %check_poolguard %s poolguard-unchecked-fence

#include "app.h"
#include "queue.h"

constexpr const char *kComplete = "UPDATE jobs SET status = 'done' WHERE id = $1 AND lock_epoch = $2";

struct Runner {
  bool held = false;
  app::Queue &queue;

  bool looked(app::Job job) {
    if (!queue.complete(job))
      return false;
    bool kept = queue.renew(job);
    if (!kept)
      app::stop_working(job);
    while (queue.renew(job)) {
    }
    held = queue.renew(job);
    if (bool again = queue.renew(job); again)
      return queue.release(job);
    switch (int(queue.renew(job))) {
    default:
      break;
    }
    bool all = true;
    all &= queue.renew(job);
    return queue.complete(job) && all;
  }
};

void report(bool held);
void statements(app::Db &db) {
  if (db.execute(kComplete).affected_rows != 1)
    throw 1;
  app::Result result = db.execute(kComplete);
  report(result.affected_rows == 1);
  auto [rows] = db.execute(kComplete);
  report(rows == 1);
  // Not fenced: that is another check's business, and a reaper's result may be dropped.
  db.execute("UPDATE jobs SET status = 'done' WHERE id = $1");
  db.execute("UPDATE jobs SET status = 'waiting' WHERE lock_until < now()");
  db.execute("SELECT 1 FROM jobs WHERE id = $1 AND lock_epoch = $2");
  db.execute("UPDATE other SET status = 'done' WHERE id = $1 AND lock_epoch = $2");
}

bool finish(app::Queue &queue, app::Job job) { return queue.complete(job); }
bool lost(app::Queue &queue, app::Job job) {
  bool held = finish(queue, job);
  auto check = [&held] { return !held; };
  return check();
}
void captured(app::Queue &queue, app::Job job) {
  bool held = false;
  auto renew = [&] { held = queue.renew(job); };
  renew();
  report(held);
}
void handedOn(app::Queue &queue, app::Job job) { report(finish(queue, job)); }

// A claim has no fence that could fail.
void claims(app::Queue &queue) { queue.claim(); }

// A wrapper that prepares: what it returns says nothing of a row. The statement runs later.
struct Prepared {
  [[clang::annotate("poolguard", "executes", "lane", "session", "sql", 1),
    clang::annotate("poolguard", "session-state", "prepare")]] app::Result prepare(const char *name, const char *sql);
};
void at_start(Prepared &connection) { connection.prepare("complete", kComplete); }
