// RUN: %check_poolguard %s poolguard-worker-lock-renewal-shape

#include "app.h"
#include "queue.h"

#include <chrono>
#include <exception>
#include <future>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

constexpr const char *kRenew = "UPDATE jobs SET lock_until = now() + interval '30 s' WHERE id = $1 AND lock_epoch = $2";

// The shape: one thread, a try in each round, the fence looked at, a steady clock.
void heartbeat(app::Queue &queue, app::Job job, std::stop_token stopped) {
  auto deadline = std::chrono::steady_clock::now() + 30s;
  while (!stopped.stop_requested() && std::chrono::steady_clock::now() < deadline) {
    try {
      if (!queue.renew(job)) {
        app::stop_working(job);
        return;
      }
      deadline = std::chrono::steady_clock::now() + 30s;
    } catch (const std::exception &) {
      app::log_error("renewal failed");
    }
    std::this_thread::sleep_for(10s);
  }
}

class Worker {
public:
  Worker(app::Queue &queue, app::Job job)
      : beat_([&queue, job](std::stop_token stopped) { heartbeat(queue, job, stopped); }) {}

private:
  std::jthread beat_;
};

// Caught outside or inside, or never thrown.
bool quiet(app::Queue &queue, app::Job job) noexcept {
  try {
    return queue.renew(job);
  } catch (...) {
    return false;
  }
}
void caught(app::Queue &queue, app::Job job, app::Db &db) {
  std::jthread one([&] {
    try {
      heartbeat(queue, job, {});
    } catch (...) {
      std::terminate();
    }
  });
  std::jthread two([&] {
    if (!quiet(queue, job))
      app::stop_working(job);
  });
  std::jthread three([&] {
    if (!queue.release(job))
      app::stop_working(job);
  });
  app::every(10s, [&] {
    try {
      if (db.execute_direct(kRenew).affected_rows != 1)
        app::stop_working(job);
    } catch (const std::exception &) {
      app::log_error("renewal failed");
    }
  });
}

// One call with a time limit: the future tells how it ended.
bool limited(app::Queue &queue, app::Job job) {
  auto call = std::async(std::launch::async, [&] { return queue.renew(job); });
  return call.wait_for(5s) == std::future_status::ready && call.get();
}

// Several threads, each with a lease of its own; they are waited for.
void many(app::Queue &queue, std::vector<app::Job> jobs) {
  std::vector<std::thread> threads;
  for (const app::Job &job : jobs)
    threads.emplace_back([&queue, job] {
      if (!quiet(queue, job))
        app::stop_working(job);
    });
  for (std::thread &thread : threads)
    thread.join();
}

// A wall clock for the log is fine, and so are sleeps in what renews nothing.
void logged(long when);
void log(app::Queue &queue, app::Job job) {
  app::every(10s, [&] {
    logged(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()));
    if (!quiet(queue, job))
      app::stop_working(job);
  });
  app::every(10s, [] { std::this_thread::sleep_for(1s); });
}

// On the thread that works, an exception has somebody who catches it.
void inLine(app::Queue &queue, app::Job job) {
  if (!queue.renew(job))
    app::stop_working(job);
  auto later = [&] { return queue.renew(job); };
  if (!later())
    app::stop_working(job);
}
