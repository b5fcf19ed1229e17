// RUN: %check_poolguard %s poolguard-worker-lock-renewal-shape

// The same through macros and templates, and what is suppressed.
#include "app.h"
#include "queue.h"

#include <thread>

#define EACH(seconds, body) app::every(seconds##s, body)
#define RENEW(queue, job) (queue).renew(job)
#define GUARDED(statement)                                                                                             \
  try {                                                                                                                \
    statement;                                                                                                         \
  } catch (...) {                                                                                                      \
  }

using namespace std::chrono_literals;

void byMacro(app::Queue &queue, app::Job job) {
  EACH(10, [&] {
    if (!RENEW(queue, job))
      // CHECK-MESSAGES: :[[@LINE-1]]:10: warning: an exception from 'app::Queue::renew' escapes the callback that 'app::every' runs
      app::stop_working(job);
  });
  EACH(10, [&] { GUARDED(if (!RENEW(queue, job)) app::stop_working(job)); });
}

template <class Leases, class Lease> void beat(Leases &leases, Lease lease) {
  app::every(10s, [&] {
    if (!leases.renew(lease))
      // CHECK-MESSAGES: :[[@LINE-1]]:17: warning: an exception from 'app::Queue::renew' escapes the callback that 'app::every' runs
      app::stop_working(lease);
  });
}
template void beat(app::Queue &, app::Job);

template <class Leases> class Heart {
public:
  explicit Heart(Leases &leases, app::Job job) : leases(leases), job(job), thread([this] { beats(); }) {}

private:
  Leases &leases;
  app::Job job;
  std::jthread thread;
  void beats() noexcept {
    GUARDED(while (leases.renew(job)) std::this_thread::sleep_for(10s));
  }
};
template class Heart<app::Queue>;

// A template that renews nothing for this type is no thread of renewals.
struct Nothing {
  bool renew(app::Job) const { return true; }
};
template void beat(Nothing &, app::Job);

void suppressed(app::Queue &queue, app::Job job) {
  app::every(10s, [&] {
    if (!queue.renew(job)) // NOLINT(poolguard-worker-lock-renewal-shape): the process is to end with its lease
      app::stop_working(job);
  });
}
