#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

#include "poolguard/annotations.hpp"
#include "poolguard/events.hpp"

namespace poolguard::detail {

/// Calls a function on its own thread every so often, on the monotonic clock, until it is destroyed. Calls don't overlap; a call
/// that takes longer than the interval makes the next one late, not doubled. What the function throws becomes an event
/// `timer.failed`.
class PeriodicTimer {
 public:
  POOLGUARD_RUNS_IN_THREAD(1)
  PeriodicTimer(std::chrono::milliseconds interval, std::function<void()> tick, EventSink events);
  /// Waits for a call that is under way.
  ~PeriodicTimer() = default;
  PeriodicTimer(const PeriodicTimer&) = delete;
  PeriodicTimer& operator=(const PeriodicTimer&) = delete;

 private:
  void run(const std::stop_token& stop) noexcept;

  const std::chrono::milliseconds interval_;
  const std::function<void()> tick_;
  const EventSink events_;
  std::mutex mutex_;
  std::condition_variable_any stopped_;
  std::jthread thread_;  // last: it must end before what it uses
};

}  // namespace poolguard::detail
