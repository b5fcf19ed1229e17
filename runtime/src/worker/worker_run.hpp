#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "poolguard/errors.hpp"
#include "poolguard/queue.hpp"
#include "poolguard/schedule.hpp"
#include "poolguard/worker.hpp"
#include "worker/claim_pacing.hpp"
#include "worker/completions.hpp"
#include "worker/doorbell.hpp"
#include "worker/hand_over.hpp"
#include "worker/job_runner.hpp"
#include "worker/renewal.hpp"
#include "worker/running_jobs.hpp"
#include "worker/wake_listener.hpp"
#include "worker/wedge_detector.hpp"

namespace poolguard {

namespace detail {
/// SQLSTATE class 42 (no such table, no permission) and 3F don't go away by waiting.
[[nodiscard]] bool is_permanent(const SqlError& error);
}  // namespace detail

/// The inside of a worker: its threads and what they share.
class Worker::Run {
 public:
  Run(Engine& engine, WorkerOptions options);

  void handle(const std::string& name, Handler handler);
  WorkerReport work(const std::stop_token& stop);
  [[nodiscard]] WorkerReport report() const;
  [[nodiscard]] WorkerHealth health() const;
  [[nodiscard]] const WorkerOptions& options() const noexcept { return options_; }

 private:
  void claim_until(const std::stop_token& stop);
  /// Waits for free slots, then claims or looks; false: the queue is empty, and the worker is to end then.
  [[nodiscard]] bool ask(detail::ClaimPacing& pacing, const std::stop_token& stop);
  void claim_failed(const std::exception& error);
  std::size_t claim(std::size_t limit);
  /// Claimed jobs whose leases are looked after; none if the worker is to end: they have been given back.
  struct Held {
    std::vector<std::shared_ptr<detail::RunningJobs::Entry>> entries;
    std::chrono::steady_clock::time_point first_end = std::chrono::steady_clock::time_point::max();
  };
  [[nodiscard]] Held hold(std::vector<Job> jobs, std::chrono::steady_clock::time_point sent);
  /// Of running jobs one ends at this time, if no later.
  void watch_from(std::chrono::steady_clock::time_point end);
  /// Has the end written, and returns the job that the handler has next, if it needn't wait for one.
  [[nodiscard]] std::shared_ptr<detail::RunningJobs::Entry> end_and_take_next(const detail::EndedJob& ended) noexcept;
  void complete_and_claim(const std::vector<detail::HandOver::Turn*>& turns) noexcept;
  [[nodiscard]] std::vector<std::string> names() const;
  [[nodiscard]] ClaimRequest request(std::size_t limit) const;
  [[nodiscard]] bool is_to_end() const { return draining_ || stop_.stop_requested(); }
  [[nodiscard]] detail::WakeListenerCalls listener_calls();
  void hear(const std::vector<std::string>& queues);
  [[nodiscard]] detail::WedgeCalls wedge_calls();
  void look_for_wedge();
  [[nodiscard]] POOLGUARD_LOCK_PATH POOLGUARD_FENCED std::vector<LeaseKey> renew(const std::vector<LeaseKey>& keys);
  void beat();
  void sweep();
  void run_schedules();
  void run_missed_schedules();
  void watch_ends(const std::stop_token& stop) noexcept;
  void handle_jobs(detail::Completions* together) noexcept;
  void end(const std::vector<detail::EndedJob>& ended) noexcept;
  /// These have ended, whatever was written of it.
  void forget(const std::vector<LeaseKey>& keys);
  void drain();
  void evicted(const LeaseKey& key, detail::EvictReason reason);

  Engine& engine_;
  const WorkerOptions options_;
  Queue queue_;
  Schedules schedules_;
  std::map<std::string, Handler> handlers_;
  detail::Counters counters_;
  detail::RunningJobs running_;
  detail::Doorbell bell_;
  detail::Renewal renewal_;
  detail::JobRunner runner_;
  detail::HandOver hand_over_;
  detail::WedgeDetector wedge_;
  std::atomic<WorkerState> phase_ = WorkerState::idle;  // idle, working or ended
  std::atomic<bool> draining_ = false;
  std::stop_token stop_;
  std::atomic<bool> claims_find_ = false;  // the last one found a job, so the next one may
  std::mutex ends_mutex_;
  std::condition_variable_any ends_changed_;
  std::uint64_t ends_generation_ = 0;
  std::optional<std::chrono::steady_clock::time_point> next_end_;  // when watch_ends() looks again by itself; none: it may be looking
};

}  // namespace poolguard
