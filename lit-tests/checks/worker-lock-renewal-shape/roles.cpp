// RUN: %check_poolguard %s poolguard-worker-lock-renewal-shape -- -config=Inputs/roles.yaml

#include <functional>

// Everything by the roles in .poolguard.yaml: the timer, the renewal, the clock.
namespace timers {
void every(int seconds, std::function<void()> tick);
int start(std::function<void()> task); // keeps what the task throws
void repeat(std::function<void()> tick); // logs what a round throws, and goes on
}
namespace jobs {
bool extend(long job);
}
namespace clocks {
long wall();
}
void stop_working();

void bad(long job) {
  timers::every(10, [job] { jobs::extend(job); });
  // CHECK-MESSAGES: :[[@LINE-1]]:35: warning: an exception from 'jobs::extend' escapes the callback that 'timers::every' runs
  // CHECK-MESSAGES: :[[@LINE-2]]:35: warning: the result of 'jobs::extend' is dropped: a lease that is lost looks renewed
  timers::every(10, [job] {
    try {
      if (!jobs::extend(job) || clocks::wall() > 1000)
        // CHECK-MESSAGES: :[[@LINE-1]]:41: warning: the renewal's deadline is measured with 'clocks::wall'
        stop_working();
    } catch (...) {
    }
  });
}

// A task that keeps its exception ends alone; what a noexcept function does to it is the same everywhere.
bool sealed(long job) noexcept { return jobs::extend(job); }
int task(long job) {
  int one = timers::start([job] {
    while (jobs::extend(job))
      // CHECK-MESSAGES: :[[@LINE-1]]:18: warning: an exception from 'jobs::extend' ends the task of 'timers::start', and is lost unless somebody waits for that: the renewals stop without a word
      ;
  });
  return one + timers::start([job] {
    if (!sealed(job))
      // CHECK-MESSAGES: :[[@LINE-1]]:10: warning: an exception from 'jobs::extend' runs into a noexcept function
      stop_working();
  });
}
int single(long job) {
  timers::repeat([job] {
    if (!jobs::extend(job))
      stop_working();
  });
  return timers::start([job] {
    if (!jobs::extend(job))
      stop_working();
  });
}

#define RENEW(job)                                                                                                    \
  try {                                                                                                                \
    if (!jobs::extend(job))                                                                                            \
      stop_working();                                                                                                  \
  } catch (...) {                                                                                                      \
  }
void good(long job) {
  timers::every(10, [job] { RENEW(job) });
  timers::every(10, [] { stop_working(); });
  // Nobody runs it on a thread.
  auto tick = [job] { return jobs::extend(job); };
  if (!tick())
    stop_working();
}
