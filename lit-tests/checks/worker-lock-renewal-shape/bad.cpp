// RUN: %check_poolguard %s poolguard-worker-lock-renewal-shape

#include "app.h"
#include "queue.h"

#include <chrono>
#include <future>
#include <memory>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

// An exception that nobody catches.
void escapes(app::Queue &queue, app::Job job, bool &stop) {
  std::thread beat([&] {
    while (!stop) {
      if (!queue.renew(job))
        return;
      // CHECK-MESSAGES: :[[@LINE-2]]:18: warning: an exception from 'app::Queue::renew' escapes the thread: std::terminate ends the process and every job it holds; catch everything in each round, and go on until the fence is lost [poolguard-worker-lock-renewal-shape]
      std::this_thread::sleep_for(10s);
    }
  });
  beat.join();
  app::every(10s, [&] {
    if (!queue.renew(job))
      // CHECK-MESSAGES: :[[@LINE-1]]:16: warning: an exception from 'app::Queue::renew' escapes the callback that 'app::every' runs: it ends the process or the timer, and with it every renewal
      app::stop_working(job);
  });
  auto later = std::async([&] {
    while (queue.renew(job))
      // CHECK-MESSAGES: :[[@LINE-1]]:18: warning: an exception from 'app::Queue::renew' ends the task of 'std::async', and is lost unless somebody waits for that: the renewals stop without a word, the lease runs out, and another worker takes the job; catch everything in each round, and go on until the fence is lost
      std::this_thread::sleep_for(10s);
  });
}

constexpr const char *kRenew = "UPDATE jobs SET lock_until = now() + interval '30 s' WHERE id = $1 AND lock_epoch = $2";

// Over any number of calls, and for a statement that only the SQL shows to be a renewal.
bool renew(app::Db &db) { return db.execute_direct(kRenew).affected_rows == 1; }
bool tick(app::Db &db) { return renew(db); }

class Worker {
public:
  explicit Worker(app::Db &db) : db_(db), beat_([this] { loop(); }) {}
  // CHECK-MESSAGES: :[[@LINE-1]]:58: warning: an exception from the renewal of a lease of 'jobs' escapes the thread

private:
  app::Db &db_;
  std::jthread beat_;
  void loop() {
    while (tick(db_))
      std::this_thread::sleep_for(10s);
  }
};

void run(app::Db *db) {
  while (tick(*db))
    // CHECK-MESSAGES: :[[@LINE-1]]:10: warning: an exception from the renewal of a lease of 'jobs' escapes the thread
    std::this_thread::sleep_for(10s);
}
void handedOver(app::Db &db) {
  std::vector<std::thread> threads;
  threads.emplace_back(run, &db);
  auto owned = std::make_unique<std::thread>([&db] {
    if (!tick(db))
      // CHECK-MESSAGES: :[[@LINE-1]]:10: warning: an exception from the renewal of a lease of 'jobs' escapes the thread
      return;
  });
}

// A handler for one error catches no other, a handler that throws again catches nothing, and a catch outside of a noexcept
// function comes too late.
struct Lost {};
bool sealed(app::Queue &queue, app::Job job) noexcept { return queue.renew(job); }
void handlers(app::Queue &queue, app::Job job) {
  std::jthread one([&] {
    try {
      if (!queue.renew(job))
        // CHECK-MESSAGES: :[[@LINE-1]]:18: warning: an exception from 'app::Queue::renew' escapes the thread
        return;
    } catch (const Lost &) {
    }
  });
  std::jthread two([&] {
    try {
      if (!queue.renew(job))
        // CHECK-MESSAGES: :[[@LINE-1]]:18: warning: an exception from 'app::Queue::renew' escapes the thread
        return;
    } catch (...) {
      app::log_error("renewal");
      throw;
    }
  });
  std::jthread three([&] {
    try {
      if (!sealed(queue, job))
        // CHECK-MESSAGES: :[[@LINE-1]]:12: warning: an exception from 'app::Queue::renew' runs into a noexcept function: std::terminate ends the process
        return;
    } catch (...) {
      app::log_error("renewal");
    }
  });
}

// The fence's result.
void fence(app::Queue &queue, app::Job job, bool &stop) {
  std::jthread beat([&] {
    while (!stop) {
      try {
        queue.renew(job);
        // CHECK-MESSAGES: :[[@LINE-1]]:15: warning: the result of 'app::Queue::renew' is dropped: a lease that is lost looks renewed, and two workers run the job; stop the job when the result says that the fence did not hold
      } catch (...) {
        app::log_error("renewal");
      }
      std::this_thread::sleep_for(10s);
    }
  });
}

// A sleep or retry inside of a timer's callback.
void slow(app::Queue &queue, app::Job job) {
  app::every(10s, [&] {
    try {
      if (queue.renew(job))
        return;
      std::this_thread::sleep_for(1s);
      // CHECK-MESSAGES: :[[@LINE-1]]:25: warning: 'std::this_thread::sleep_for' sleeps inside the callback that renews the lease: the timer's other callbacks and the next renewal wait for it
      if (!app::retried([&] { return queue.renew(job); }))
        // CHECK-MESSAGES: :[[@LINE-1]]:17: warning: this call of 'app::retried' retries 'app::Queue::renew' inside the callback: the next round waits while the lease runs out
        app::stop_working(job);
    } catch (...) {
      app::log_error("renewal");
    }
  });
}

// Rounds that may overlap.
void overlap(app::Queue &queue, app::Job job, bool &stop) {
  auto renew = [&queue, job] {
    try {
      if (!queue.renew(job))
        app::stop_working(job);
    } catch (...) {
      app::log_error("renewal");
    }
  };
  while (!stop) {
    std::thread(renew).detach();
    // CHECK-MESSAGES: :[[@LINE-1]]:5: warning: each round starts a thread of its own that renews the lease, and none waits for the one before: renewals that hang pile up and overlap; renew in one thread, round after round [
    std::this_thread::sleep_for(10s);
  }
  app::every(10s, [renew] { std::thread(renew).detach(); });
  // CHECK-MESSAGES: :[[@LINE-1]]:29: warning: each round starts a thread of its own that renews the lease, and none waits for the one before: renewals that hang pile up and overlap; renew in one thread, round after round (the rounds are those of 'app::every')
}

// A deadline on a clock that somebody may set.
void wallClock(app::Queue &queue, app::Job job) {
  std::jthread beat([&] {
    auto deadline = std::chrono::system_clock::now() + 30s;
    // CHECK-MESSAGES: :[[@LINE-1]]:48: warning: the renewal's deadline is measured with 'std::chrono::system_clock::now', a clock that somebody may set: a step of the clock makes a lost lease look held, or a held one lost; use std::chrono::steady_clock
    while (std::chrono::system_clock::now() < deadline) {
      // CHECK-MESSAGES: :[[@LINE-1]]:39: warning: the renewal's deadline is measured with 'std::chrono::system_clock::now'
      try {
        if (queue.renew(job))
          deadline = std::chrono::system_clock::now() + 30s;
        // CHECK-MESSAGES: :[[@LINE-1]]:49: warning: the renewal's deadline is measured with
      } catch (...) {
        app::log_error("renewal");
      }
      std::this_thread::sleep_for(10s);
    }
    app::stop_working(job);
  });
}
