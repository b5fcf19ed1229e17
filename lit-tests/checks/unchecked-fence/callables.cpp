// RUN: %check_poolguard %s poolguard-unchecked-fence

#include "queue.h"

#include <functional>
#include <future>
#include <thread>

// What a thread's callable returns, nobody gets.
void threads(app::Queue &queue, app::Job job) {
  std::thread last([&] { return queue.complete(job); });
  // CHECK-MESSAGES: :[[@LINE-1]]:39: warning: the result of 'app::Queue::complete' is dropped by the thread that runs this; when another
  // CHECK-NOTES: :[[@LINE-2]]:39: warning: the result of 'app::Queue::complete' is dropped by the thread that runs this
  // CHECK-NOTES: :[[@LINE-3]]:15: note: 'threads' calls 'std::thread::thread' here
  last.join();
  app::post([&] { queue.release(job); });
  // CHECK-MESSAGES: :[[@LINE-1]]:25: warning: the result of 'app::Queue::release' is dropped; when
  // CHECK-NOTES: :[[@LINE-2]]:25: warning: the result of 'app::Queue::release' is dropped; when
  // A renewal there is poolguard-worker-lock-renewal-shape's.
  std::thread beat([&] { return queue.renew(job); });
  beat.join();
  app::every(std::chrono::seconds(10), [&] { queue.renew(job); });
  auto later = std::async(std::launch::async, [&] { return queue.renew(job); });
  if (!later.get())
    app::stop_working(job);
}

// A retry hands on what its callable returns.
void retries(app::Queue &queue, app::Job job) {
  app::retried([&] { return queue.complete(job); });
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: the result of 'app::retried', which is that of 'app::Queue::complete', is dropped
  // CHECK-NOTES: :[[@LINE-2]]:8: warning: the result of 'app::retried', which is that of 'app::Queue::complete', is dropped
  // CHECK-NOTES: :[[@LINE-3]]:35: note: the lambda in retries calls 'app::Queue::complete' here
  if (!app::retried([&] { return queue.complete(job); }))
    app::stop_working(job);
}

template <typename F> bool twice(F call) { return call() || call(); }
template <typename F> void forget(F call) { call(); }
// CHECK-MESSAGES: :[[@LINE-1]]:45: warning: the result of this call, which is that of 'app::Queue::complete', is dropped
// CHECK-NOTES: :[[@LINE-2]]:45: warning: the result of this call, which is that of 'app::Queue::complete', is dropped
// CHECK-NOTES: :[[@LINE+4]]:29: note: the lambda in templates calls 'app::Queue::complete' here
void templates(app::Queue &queue, app::Job job) {
  if (!twice([&] { return queue.complete(job); }))
    app::stop_working(job);
  forget([&] { return queue.complete(job); });
}

void bound(app::Queue &queue, app::Job job) {
  auto complete = std::bind(&app::Queue::complete, &queue, job);
  complete();
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: the result of 'app::Queue::complete' is dropped
  // CHECK-NOTES: :[[@LINE-2]]:3: warning: the result of 'app::Queue::complete' is dropped
  bool (app::Queue::*renew)(const app::Job &) = &app::Queue::renew;
  (queue.*renew)(job);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: the result of 'app::Queue::renew' is dropped
  // CHECK-NOTES: :[[@LINE-2]]:3: warning: the result of 'app::Queue::renew' is dropped
}

struct Backend {
  virtual ~Backend() = default;
  POOLGUARD_FENCED virtual bool complete(const app::Job &job) = 0;
};
struct Postgres final : Backend {
  bool complete(const app::Job &job) override;
};
void overriders(Backend &backend, Postgres &postgres, app::Job job) {
  backend.complete(job);
  // CHECK-MESSAGES: :[[@LINE-1]]:11: warning: the result of 'Backend::complete' is dropped
  // CHECK-NOTES: :[[@LINE-2]]:11: warning: the result of 'Backend::complete' is dropped
  postgres.complete(job);
  // CHECK-MESSAGES: :[[@LINE-1]]:12: warning: the result of 'Postgres::complete' is dropped
  // CHECK-NOTES: :[[@LINE-2]]:12: warning: the result of 'Postgres::complete' is dropped
}

#define FINISH(queue, job) (queue).complete(job)
void macro(app::Queue &queue, app::Job job) {
  FINISH(queue, job);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: the result of 'app::Queue::complete' is dropped
  // CHECK-NOTES: :[[@LINE-2]]:3: warning: the result of 'app::Queue::complete' is dropped
  if (FINISH(queue, job))
    queue.release(job); // NOLINT(poolguard-unchecked-fence)
}

template <typename Q> void generic(Q &queue, app::Job job) {
  queue.complete(job);
  // CHECK-MESSAGES: :[[@LINE-1]]:9: warning: the result of 'app::Queue::complete' is dropped
  // CHECK-NOTES: :[[@LINE-2]]:9: warning: the result of 'app::Queue::complete' is dropped
}
template void generic(app::Queue &, app::Job);
