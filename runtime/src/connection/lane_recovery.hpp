#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>

#include "poolguard/annotations.hpp"

namespace poolguard::detail {

/// Tries something again and again, on a thread of its own, until it has succeeded or this object ends.
class LaneRecovery {
 public:
  /// `attempt` returns whether it is done; it must not throw, and must not keep alive what owns this object.
  POOLGUARD_RUNS_IN_THREAD(1)
  LaneRecovery(std::chrono::milliseconds interval, std::function<bool()> attempt);
  /// Doesn't wait for an attempt that is under way (it may hang in connect): no other follows.
  ~LaneRecovery();
  LaneRecovery(const LaneRecovery&) = delete;
  LaneRecovery& operator=(const LaneRecovery&) = delete;

 private:
  struct Sleep {
    std::mutex mutex;
    std::condition_variable_any ended;
  };
  std::stop_source stop_;
};

}  // namespace poolguard::detail
