// A job queue as a service writes it: fenced operations whose result says whether the fence held.
#pragma once

#include <poolguard/annotations.hpp>

#include <chrono>
#include <functional>
#include <string>

namespace app {

struct Job {
  long id = 0;
  long epoch = 0;
};

struct Queue {
  POOLGUARD_LOCK_PATH POOLGUARD_FENCED bool renew(const Job &job);
  POOLGUARD_LOCK_PATH POOLGUARD_FENCED bool renew_within(const Job &job, std::chrono::milliseconds timeout);
  POOLGUARD_FENCED bool complete(const Job &job);
  POOLGUARD_FENCED bool release(const Job &job) noexcept;
  POOLGUARD_LOCK_PATH Job claim();
};

// Runs the callable on a timer of its own, again and again.
POOLGUARD_RUNS_IN_THREAD(1) void every(std::chrono::milliseconds period, std::function<void()> tick);
// Runs it once, on a thread of a pool.
POOLGUARD_RUNS_IN_THREAD(0) void post(std::function<void()> task);
POOLGUARD_RUNS_IN_WORKERS(1) void parallel_for(int workers, std::function<void()> body);
POOLGUARD_RUNS_IN_RETRY(0, 3) bool retried(std::function<bool()> body);

void stop_working(const Job &job);
void log_error(const char *text) noexcept;

} // namespace app
