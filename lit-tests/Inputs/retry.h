// A service's retries, logging and waiting.
#pragma once

#include <poolguard/annotations.hpp>

#include <chrono>
#include <functional>
#include <string>
#include <thread>

namespace app {

// Runs the callable again when it throws.
POOLGUARD_RUNS_IN_RETRY(0, 3) void with_retry(const std::function<void()> &body);
POOLGUARD_RUNS_IN_RETRY(1, 5) void retried(const char *what, std::function<int()> body);
POOLGUARD_RUNS_IN_RETRY(0, 0) void until_done(const std::function<void()> &body);
POOLGUARD_RUNS_IN_THREAD(0) void post(std::function<void()> task);

struct Store {
  POOLGUARD_RETRIES(3) void upsert_batch(int rows);
  void insert(int row);
};

bool send(int message);
bool ready();
void refresh();
void log_error(const char *text);

} // namespace app
