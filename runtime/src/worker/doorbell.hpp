#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>

namespace poolguard::detail {

/// Wakes the claim loop. What is rung while nobody waits is kept, and what is rung several times is one. Thread-safe.
class Doorbell {
 public:
  using Clock = std::chrono::steady_clock;
  enum Ring : unsigned {
    notified = 1U,          ///< there are new jobs, or may be
    job_ended = 2U,         ///< of this worker
    listener_changed = 4U,  ///< it listens, or doesn't any more
  };

  void ring(Ring ring);
  /// Returns what has been rung since the last call, at once if there is something; 0 at `until` or on a stop request.
  [[nodiscard]] unsigned wait(Clock::time_point until, const std::stop_token& stop);

 private:
  std::mutex mutex_;
  std::condition_variable_any rung_;
  unsigned rings_ = 0;
};

}  // namespace poolguard::detail
