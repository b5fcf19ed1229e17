/// Is a worker wedged: alive, work waiting, and nothing claimed? A state machine over an injected clock and injected questions.
///
/// A job that was held back by a limit has been due for long in the moment in which there is room for it. So work must be seen
/// waiting by two looks, without progress between them.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "poolguard/worker.hpp"

namespace poolguard::detail {

/// What it asks when nothing was heard of the claim loop for long.
struct WedgeCalls {
  std::function<std::chrono::steady_clock::time_point()> now;
  /// True if a handler could be given a job: else there is nothing to claim for.
  std::function<bool()> has_free_slot;
  /// In how long the next job is due, as Queue::next_due() says. May throw.
  std::function<std::optional<std::chrono::milliseconds>()> next_due;
  /// What is wrong with the lanes, one sentence. Doesn't throw.
  std::function<std::string()> lanes;
};

/// Thread-safe.
class WedgeDetector {
 public:
  using Clock = std::chrono::steady_clock;

  /// `after`: for so long a job may be due, and nothing claimed.
  WedgeDetector(std::chrono::milliseconds after, WedgeCalls calls);

  /// The claim loop claimed a job, or found that none is due.
  void progressed();

  /// To be called every so often, on a thread that isn't the claim loop's. Asks the database only if there was no progress for long.
  /// Returns the new verdict if it differs from the one before.
  std::optional<WorkerHealth> look();
  [[nodiscard]] WorkerHealth verdict() const;

 private:
  [[nodiscard]] WorkerHealth judge();

  const std::chrono::milliseconds after_;
  const WedgeCalls calls_;
  std::atomic<Clock::time_point> progress_;
  bool seen_waiting_ = false;  // by the look before; of the thread that looks
  mutable std::mutex mutex_;
  WorkerHealth verdict_;
};

}  // namespace poolguard::detail
