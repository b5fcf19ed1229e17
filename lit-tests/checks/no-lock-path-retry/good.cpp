// RUN: %check_poolguard %s poolguard-no-lock-path-retry

#include "app.h"
#include "retry.h"

#include <atomic>
#include <stdexcept>

constexpr const char *kRenew = "UPDATE jobs SET lock_until = now() + interval '30 s' WHERE id = $1 AND lock_epoch = $2";

void once(app::Db &db) { db.execute_direct(kRenew); }

// The next tick tries again.
void ticks(app::Db &db, const std::atomic<bool> &stop) {
  while (!stop) {
    try {
      db.execute_direct(kRenew);
    } catch (const std::exception &) {
      app::log_error("renewal");
    }
    std::this_thread::sleep_for(std::chrono::seconds(10));
  }
}

// A worker that waits for a job.
app::Result claim(app::Db &db, const std::atomic<bool> &stop) {
  while (!stop) {
    try {
      app::Result row = db.execute_direct("UPDATE jobs SET status = 'active', lock_until = now() WHERE id = 1");
      if (row.affected_rows == 1)
        return row;
    } catch (const std::exception &) {
    }
    std::this_thread::sleep_for(std::chrono::seconds(1));
  }
  return {};
}

// Other statements may be retried, and a retry may start what renews on its own thread.
void others(app::Db &db) {
  app::with_retry([&] { db.execute("SELECT 1 FROM jobs"); });
  app::with_retry([&] { db.execute("UPDATE jobs SET lock_until = NULL, status = 'done' WHERE id = 1 AND lock_epoch = 2"); });
  app::with_retry([&] { app::post([&db] { db.execute_direct(kRenew); }); });
}

struct Queue {
  POOLGUARD_LOCK_PATH bool renew_lock(int id);
};
void by_role(Queue &queue) {
  queue.renew_lock(1);
  app::with_retry([] { app::refresh(); });
}
