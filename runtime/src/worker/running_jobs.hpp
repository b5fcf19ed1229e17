#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <vector>

#include "poolguard/job.hpp"

namespace poolguard::detail {

/// The jobs between claim and transition, and the handler threads' inbox. Thread-safe.
class RunningJobs {
 public:
  /// `least`: so many slots that come free together are worth a claim.
  explicit RunningJobs(std::size_t slots, std::size_t least = 1) : slots_(slots), least_(least) {}

  using Clock = std::chrono::steady_clock;
  struct Entry {
    Job job;
    std::stop_source stop;
    std::optional<Clock::time_point> stop_at;  ///< the end of the time that this run may take
    std::atomic<bool> cancelled = false;       ///< why it is asked to stop
    std::atomic<bool> timed_out = false;
  };

  /// Claimed jobs take their slots and wait for handler threads.
  void push(std::vector<std::shared_ptr<Entry>> entries);
  /// The next job; empty once close() was called and the inbox is empty.
  [[nodiscard]] std::shared_ptr<Entry> pop();
  /// Takes jobs out that no handler has begun.
  [[nodiscard]] std::deque<std::shared_ptr<Entry>> take_unstarted();
  /// So many jobs have ended, and their handlers have the next ones already: those get the slots.
  void replace(const std::vector<LeaseKey>& ended, const std::vector<std::shared_ptr<Entry>>& next);
  /// The jobs' slots are free again.
  void done(const std::vector<LeaseKey>& keys);

  /// Asks the handler of this lease, or all handlers, to stop.
  void request_stop(const LeaseKey& key);
  void request_stop_all();
  /// As request_stop(), because somebody wants the job cancelled. Once per entry.
  void cancel(const LeaseKey& key);
  /// Asks the handlers to stop whose time is over. Returns when the next one's is.
  std::optional<Clock::time_point> stop_overdue();
  void close();

  /// Waits until enough slots are free or `stop`; returns the free slots.
  [[nodiscard]] std::size_t wait_for_free_slots(const std::stop_token& stop);
  /// Waits until nothing runs or the time is over; returns how many run.
  [[nodiscard]] std::size_t wait_until_idle(Clock::time_point until);
  [[nodiscard]] std::size_t count() const;

 private:
  const std::size_t slots_;
  const std::size_t least_;
  mutable std::mutex mutex_;
  std::condition_variable arrived_;      // in the inbox
  std::condition_variable_any changed_;  // a slot came free
  std::deque<std::shared_ptr<Entry>> inbox_;
  std::map<LeaseKey, std::shared_ptr<Entry>> entries_;
  bool closed_ = false;
};

}  // namespace poolguard::detail
