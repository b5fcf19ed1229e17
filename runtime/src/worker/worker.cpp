#include "poolguard/worker.hpp"

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "poolguard/errors.hpp"
#include "worker/periodic_timer.hpp"
#include "worker/worker_id.hpp"
#include "worker/worker_run.hpp"

namespace poolguard {
namespace {

using Clock = std::chrono::steady_clock;

WorkerOptions checked(WorkerOptions options) {
  options.check();
  if (options.id.empty()) options.id = detail::make_worker_id();
  return options;
}

/// SQLSTATE class 42 (no such table, no permission) and 3F don't go away by waiting.
bool is_permanent(const SqlError& error) { return error.sqlstate().starts_with("42") || error.sqlstate().starts_with("3F"); }

}  // namespace

Worker::Run::Run(Engine& engine, WorkerOptions options)
    : engine_(engine),
      options_(checked(std::move(options))),
      queue_(engine),
      schedules_(engine),
      running_(options_.concurrency),
      renewal_(options_.lease,
               {.now = [] { return Clock::now(); },
                .renew = [this](const std::vector<LeaseKey>& keys) { return renew(keys); },
                .verify =
                    [this](const std::vector<LeaseKey>& keys) {
                      return queue_.verify(keys, {.timeout = options_.renew_timeout, .stop = {}});
                    },
                .evict = [this](const LeaseKey& key, detail::EvictReason reason) { evicted(key, reason); }}),
      runner_(queue_, options_, handlers_, renewal_, counters_) {}

void Worker::Run::handle(const std::string& name, Handler handler) {
  if (!handler) throw ConfigError(fmt::format("the handler for '{}' is empty", name));
  if (!handlers_.try_emplace(name, std::move(handler)).second) throw ConfigError(fmt::format("'{}' has a handler already", name));
}

WorkerReport Worker::Run::work(const std::stop_token& stop) {
  if (handlers_.empty()) throw ConfigError("the worker has no handlers, so it would never claim a job. Call handle() before run()");
  engine_.require_session_lane();
  emit(options_.events, Level::info, "worker.started",
       fmt::format("worker {} on queue '{}', {} handlers at a time\n{}", options_.id, options_.queue, options_.concurrency,
                   engine_.describe()));
  std::exception_ptr failed;
  {
    std::vector<std::jthread> handlers;
    const std::jthread ends([this](const std::stop_token& ended) { watch_ends(ended); });
    const detail::PeriodicTimer beats(options_.renew_interval, [this] { beat(); }, options_.events);
    const detail::PeriodicTimer sweeps(options_.sweep_interval, [this] { sweep(); }, options_.events);
    for (std::size_t i = 0; i < options_.concurrency; ++i) handlers.emplace_back([this] { handle_jobs(); });
    try {
      run_schedules();  // what was missed while no worker was there doesn't wait for a sweep
      claim_until(stop);
    } catch (...) {
      failed = std::current_exception();
    }
    drain();
    running_.close();
    handlers.clear();  // joins; the beats go on until the last handler has ended
  }
  if (failed) std::rethrow_exception(failed);
  return report();
}

void Worker::Run::claim_until(const std::stop_token& stop) {
  auto wait = options_.poll_least;
  while (!stop.stop_requested()) {
    const std::size_t free = running_.wait_for_free_slots(stop);
    if (stop.stop_requested()) return;
    std::size_t claimed = 0;
    try {
      claimed = claim(free, stop);
      if (claimed == 0 && options_.until_empty && running_.count() == 0) return;
    } catch (const SqlError& error) {
      if (is_permanent(error)) throw;
      emit(options_.events, Level::warning, "claim.failed", fmt::format("a claim failed; the next comes later: {}", error.what()));
    } catch (const Error& error) {
      emit(options_.events, Level::warning, "claim.failed", fmt::format("a claim failed; the next comes later: {}", error.what()));
    }
    if (claimed > 0) {
      wait = options_.poll_least;
      continue;
    }
    running_.pause(Clock::now() + wait, stop);
    wait = std::min(wait * 2, options_.poll_most);
  }
}

std::size_t Worker::Run::claim(std::size_t limit, const std::stop_token& stop) {
  ClaimRequest request{.worker = options_.id,
                       .queue = options_.queue,
                       .names = {},
                       .limit = limit,
                       .lease = options_.lease,
                       .shortest_lease = options_.shortest_lease()};
  for (const auto& [name, handler] : handlers_) request.names.push_back(name);
  const auto sent = Clock::now();
  std::vector<Job> jobs = queue_.claim(request, {.timeout = options_.call_timeout, .stop = {}});
  for (Job& job : jobs) {
    renewal_.hold(job.key(), sent, std::max(job.lease.value_or(options_.lease), options_.shortest_lease()));
    ++counters_.claimed;
    if (stop.stop_requested()) {
      // The claim was under way when the worker was told to stop.
      runner_.give_back(job, "the worker was stopped before the job began");
      renewal_.drop(job.key());
    } else {
      const auto stop_at = job.run_limit ? std::optional(sent + *job.run_limit) : std::nullopt;
      running_.push(std::move(job), stop_at);
    }
  }
  if (!jobs.empty()) {
    const std::lock_guard lock(ends_mutex_);
    ++ends_generation_;
    ends_changed_.notify_all();
  }
  return jobs.size();
}

std::vector<LeaseKey> Worker::Run::renew(const std::vector<LeaseKey>& keys) {
  const std::vector<RenewedLease> renewed =
      queue_.renew(keys, {options_.lease, options_.shortest_lease()}, {.timeout = options_.renew_timeout, .stop = {}});
  for (const RenewedLease& lease : renewed) {
    if (lease.cancel_requested) running_.cancel(lease);
  }
  return {renewed.begin(), renewed.end()};
}

void Worker::Run::beat() {
  const detail::Beat beat = renewal_.beat();
  switch (beat.kind) {
    case detail::Beat::Kind::renewed: ++counters_.beats; break;
    case detail::Beat::Kind::failed:
      ++counters_.beats_failed;
      emit(options_.events, Level::warning, "renewal.failed",
           fmt::format("a renewal failed; the leases stand until the next one or their end: {}", beat.error));
      break;
    case detail::Beat::Kind::idle:
    case detail::Beat::Kind::overlapped: break;
  }
}

void Worker::Run::sweep() {
  const ExecuteOptions limits{.timeout = options_.call_timeout, .stop = {}};
  if (const std::size_t expired = queue_.sweep_expired(limits); expired > 0) {
    emit(options_.events, Level::warning, "jobs.expired", fmt::format("{} jobs did not begin within their waiting TTL and are dead", expired));
  }
  const auto tell = [this](std::string name, std::string_view what, const SweepReport& report) {
    if (report.all() == 0) return;
    emit(options_.events, Level::warning, std::move(name),
         fmt::format("{}: {} jobs are back in the queue, {} are dead, {} cancelled", what, report.requeued, report.dead, report.cancelled));
  };
  tell("jobs.stalled", "leases ran out", queue_.sweep_stalled(options_.stalled_grace, options_.max_stalls, limits));
  tell("jobs.overdue", "runs took longer than they may", queue_.sweep_overdue(options_.stalled_grace, limits));
  run_schedules();
}

/// Of what comes before the next sweep, too: a job that is added ahead is claimed at its time.
void Worker::Run::run_schedules() {
  const ScheduleReport report = schedules_.run_due(options_.sweep_interval, {.timeout = options_.call_timeout, .stop = {}});
  if (report.added + report.skipped > 0) {
    emit(options_.events, Level::info, "schedules.fired",
         fmt::format("schedules have added {} jobs, and none for {} of their times", report.added, report.skipped));
  }
  for (const std::string& error : report.errors) emit(options_.events, Level::error, "schedule.failed", error);
}

/// The hard end of a lease, or of a run's time, doesn't wait for a beat that hangs: it has a thread of its own.
void Worker::Run::watch_ends(const std::stop_token& stop) noexcept {
  while (!stop.stop_requested()) {
    std::uint64_t seen = 0;
    {
      const std::lock_guard lock(ends_mutex_);
      seen = ends_generation_;
    }
    auto next = std::optional(Clock::now() + std::chrono::seconds{1});  // if looking failed
    try {
      next = renewal_.evict_expired();
      if (const auto overdue = running_.stop_overdue()) next = next ? std::min(*next, *overdue) : *overdue;
    } catch (const std::exception& error) {
      emit(options_.events, Level::error, "eviction.failed", error.what());
    }
    const auto changed = [this, seen] { return ends_generation_ != seen; };
    std::unique_lock lock(ends_mutex_);
    if (next) ends_changed_.wait_until(lock, stop, *next, changed);
    else ends_changed_.wait(lock, stop, changed);
  }
}

void Worker::Run::handle_jobs() noexcept {
  while (const auto entry = running_.pop()) {
    runner_.run(*entry);
    renewal_.drop(entry->job.key());
    running_.done(entry->job.key());
  }
}

void Worker::Run::drain() {
  for (const auto& entry : running_.take_unstarted()) {
    runner_.give_back(entry->job, "the worker was stopped before the job began");
    renewal_.drop(entry->job.key());
    running_.done(entry->job.key());
  }
  std::size_t left = running_.wait_until_idle(Clock::now() + options_.drain_deadline);
  if (left == 0) return;
  emit(options_.events, Level::warning, "drain.deadline",
       fmt::format("{} jobs still run after {} ms; asking their handlers to stop", left, options_.drain_deadline.count()));
  running_.request_stop_all();
  left = running_.wait_until_idle(Clock::now() + options_.stop_grace);
  if (left == 0) return;
  emit(options_.events, Level::error, "drain.stuck",
       fmt::format("{} handlers ignore the request to stop; their leases are kept until they end or this process does", left));
  if (options_.on_stuck) options_.on_stuck(left);
}

void Worker::Run::evicted(const LeaseKey& key, detail::EvictReason reason) {
  emit(options_.events, Level::warning, "lease.evicted",
       fmt::format("job {}: {}; its handler is asked to stop and its result won't be written", key.id,
                   reason == detail::EvictReason::lost ? "its lease was taken over" : "its lease ran out without a renewal"));
  running_.request_stop(key);
}

WorkerReport Worker::Run::report() const {
  return {.claimed = counters_.claimed,
          .completed = counters_.completed,
          .failed = counters_.failed,
          .released = counters_.released,
          .cancelled = counters_.cancelled,
          .lost = counters_.lost,
          .beats = counters_.beats,
          .beats_failed = counters_.beats_failed};
}

Worker::Worker(Engine& engine, WorkerOptions options) : run_(std::make_unique<Run>(engine, std::move(options))) {}

Worker::~Worker() = default;

void Worker::handle(const std::string& name, Handler handler) { run_->handle(name, std::move(handler)); }

WorkerReport Worker::run(const std::stop_token& stop) { return run_->work(stop); }

WorkerReport Worker::report() const { return run_->report(); }

const std::string& Worker::id() const noexcept { return run_->id(); }

}  // namespace poolguard
