// RUN: %check_poolguard %s poolguard-unchecked-fence

#include "app.h"
#include "queue.h"

#include <tuple>

void dropped(app::Queue &queue, app::Job job) {
  queue.complete(job);
  // CHECK-MESSAGES: :[[@LINE-1]]:9: warning: the result of 'app::Queue::complete' is dropped; when another worker has taken the job over, the fence matches no row and this code goes on as if it held the lease; stop working on the job unless the result says that the fence held [poolguard-unchecked-fence]
  (void)queue.complete(job);
  // CHECK-MESSAGES: :[[@LINE-1]]:15: warning: the result of 'app::Queue::complete' is dropped
  static_cast<void>(queue.complete(job));
  // CHECK-MESSAGES: :[[@LINE-1]]:27: warning: the result of 'app::Queue::complete' is dropped
  std::ignore = queue.complete(job);
  // CHECK-MESSAGES: :[[@LINE-1]]:23: warning: the result of 'app::Queue::complete' is dropped
  queue.complete(job), app::stop_working(job);
  // CHECK-MESSAGES: :[[@LINE-1]]:9: warning: the result of 'app::Queue::complete' is dropped
  if (job.id > 0)
    queue.complete(job);
  // CHECK-MESSAGES: :[[@LINE-1]]:11: warning: the result of 'app::Queue::complete' is dropped
  job.id > 0 && queue.complete(job);
  // CHECK-MESSAGES: :[[@LINE-1]]:23: warning: the result of 'app::Queue::complete' is dropped
  !queue.complete(job);
  // CHECK-MESSAGES: :[[@LINE-1]]:10: warning: the result of 'app::Queue::complete' is dropped
}

void unread(app::Queue &queue, app::Job job) {
  bool held = queue.complete(job);
  // CHECK-MESSAGES: :[[@LINE-1]]:21: warning: the result of 'app::Queue::complete' goes into 'held', which nobody reads; when
  [[maybe_unused]] auto kept = queue.renew(job);
  // CHECK-MESSAGES: :[[@LINE-1]]:38: warning: the result of 'app::Queue::renew' goes into 'kept', which nobody reads
  bool lost = !queue.release(job);
  // CHECK-MESSAGES: :[[@LINE-1]]:22: warning: the result of 'app::Queue::release' goes into 'lost', which nobody reads
  (void)lost;
  bool last;
  last = queue.renew(job);
  // CHECK-MESSAGES: :[[@LINE-1]]:16: warning: the result of 'app::Queue::renew' goes into 'last', which nobody reads
  bool all = true;
  all &= queue.renew(job);
  // CHECK-MESSAGES: :[[@LINE-1]]:16: warning: the result of 'app::Queue::renew' goes into 'all', which nobody reads
}

// A statement that matches the epoch is fenced, whoever runs it.
constexpr const char *kComplete = "UPDATE jobs SET status = 'done' WHERE id = $1 AND lock_epoch = $2";

void statements(app::Db &db) {
  db.execute(kComplete);
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: the result of this fenced statement on 'jobs' is dropped; when another
  app::Result result = db.execute("DELETE FROM jobs WHERE id = $1 AND lock_epoch = $2");
  // CHECK-MESSAGES: :[[@LINE-1]]:27: warning: the result of this fenced statement on 'jobs' goes into 'result', which nobody reads
  int rows = db.execute(kComplete).affected_rows;
  // CHECK-MESSAGES: :[[@LINE-1]]:17: warning: the result of this fenced statement on 'jobs' goes into 'rows', which nobody reads
}

// The helper serves many statements: the one that is fenced is what the reader must see.
void run(app::Db &db, const char *sql) { db.execute(sql); }
void throughHelper(app::Db &db) {
  run(db, "SELECT 1");
  run(db, kComplete);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: the result of this fenced statement on 'jobs' is dropped in 'run'; when another
}

// A result that is returned is the caller's to look at, over any number of calls.
bool finish(app::Queue &queue, app::Job job) { return queue.complete(job); }
bool finishLater(app::Queue &queue, app::Job job) {
  bool held = finish(queue, job);
  return held;
}
app::Result update(app::Db &db) { return db.execute(kComplete); }
void callers(app::Queue &queue, app::Db &db, app::Job job) {
  finish(queue, job);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: the result of 'finish', which is that of 'app::Queue::complete', is dropped; when another
  finishLater(queue, job);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: the result of 'finishLater', which is that of 'app::Queue::complete', is dropped
  update(db);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: the result of 'update', which is that of this fenced statement on 'jobs', is dropped
  if (finishLater(queue, job))
    update(db).affected_rows;
  // CHECK-MESSAGES: :[[@LINE-1]]:5: warning: the result of 'update', which is that of this fenced statement on 'jobs', is dropped
}
