#include "poolguard/worker.hpp"

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "poolguard/errors.hpp"
#include "queue/wake_sql.hpp"
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

}  // namespace

Worker::Run::Run(Engine& engine, WorkerOptions options)
    : engine_(engine),
      options_(checked(std::move(options))),
      queue_(engine),
      schedules_(engine),
      // In batches one is being claimed while another is being completed.
      running_(options_.concurrency + (options_.batch > 1 ? 2 * options_.batch : 0), options_.batch),
      renewal_(options_.lease,
               {.now = [] { return Clock::now(); },
                .renew = [this](const std::vector<LeaseKey>& keys) { return renew(keys); },
                .verify =
                    [this](const std::vector<LeaseKey>& keys) {
                      return queue_.verify(keys, {.timeout = options_.renew_timeout, .stop = {}, .renews = true});
                    },
                .evict = [this](const LeaseKey& key, detail::EvictReason reason) { evicted(key, reason); }}),
      runner_(queue_, options_, handlers_, renewal_, counters_),
      hand_over_([this](const std::vector<detail::HandOver::Turn*>& turns) { complete_and_claim(turns); }),
      wedge_(options_.wedge_after, wedge_calls()) {}

void Worker::Run::handle(const std::string& name, Handler handler) {
  if (!handler) throw ConfigError(fmt::format("the handler for '{}' is empty", name));
  if (!handlers_.try_emplace(name, std::move(handler)).second) throw ConfigError(fmt::format("'{}' has a handler already", name));
}

WorkerReport Worker::Run::work(const std::stop_token& stop) {
  if (handlers_.empty()) throw ConfigError("the worker has no handlers, so it would never claim a job. Call handle() before run()");
  engine_.require_session_lane();
  stop_ = stop;
  emit(options_.events, Level::info, "worker.started",
       fmt::format("worker {} on queue '{}', {} handlers at a time\n{}", options_.id, options_.queue, options_.concurrency,
                   engine_.describe()));
  std::exception_ptr failed;
  {
    std::vector<std::jthread> handlers;
    std::optional<detail::Completions> completions;
    const std::jthread ends([this](const std::stop_token& ended) { watch_ends(ended); });
    const detail::PeriodicTimer beats(options_.renew_interval, [this] { beat(); }, options_.events);
    const detail::PeriodicTimer sweeps(options_.sweep_interval, [this] { sweep(); }, options_.events);
    std::optional<detail::PeriodicTimer> wedge;
    if (options_.wedge_after.count() > 0) {
      wedge_.progressed();
      wedge.emplace(std::max(options_.wedge_after / 4, std::chrono::milliseconds{1}), [this] { look_for_wedge(); }, options_.events);
    }
    std::optional<detail::WakeListener> listener;
    if (options_.listen) listener.emplace(listener_calls(), options_.events);
    if (options_.batch > 1) completions.emplace(options_.batch, [this](const std::vector<detail::EndedJob>& ended) { end(ended); });
    detail::Completions* const together = completions ? &*completions : nullptr;
    for (std::size_t i = 0; i < options_.concurrency; ++i) handlers.emplace_back([this, together] { handle_jobs(together); });
    phase_ = WorkerState::working;
    try {
      run_missed_schedules();
      claim_until(stop);
    } catch (...) {
      failed = std::current_exception();
    }
    draining_ = true;
    drain();
    running_.close();
    handlers.clear();  // joins; the beats go on until the last handler has ended
    completions.reset();
  }
  phase_ = WorkerState::ended;
  if (failed) std::rethrow_exception(failed);
  return report();
}

detail::WedgeCalls Worker::Run::wedge_calls() {
  return {.now = [] { return Clock::now(); },
          .has_free_slot = [this] { return running_.count() < options_.concurrency; },
          .next_due = [this] { return queue_.next_due(options_.queue, names(), {.timeout = options_.call_timeout, .stop = {}}); },
          .lanes = [this] { return engine_.health().text(); }};
}

void Worker::Run::look_for_wedge() {
  if (draining_) return;  // it claims nothing, and should not
  const auto changed = wedge_.look();
  if (!changed) return;
  switch (changed->state) {
    case WorkerState::wedged: emit(options_.events, Level::error, "worker.wedged", "the worker is wedged: " + changed->reason); break;
    case WorkerState::cut_off: emit(options_.events, Level::error, "worker.cut_off", "the worker is cut off: " + changed->reason); break;
    default: emit(options_.events, Level::info, "worker.recovered", "the worker claims jobs again, or has none to claim"); break;
  }
}

WorkerHealth Worker::Run::health() const {
  const WorkerState phase = phase_;
  if (phase != WorkerState::working) return {.state = phase};
  return wedge_.verdict();
}

detail::WakeListenerCalls Worker::Run::listener_calls() {
  return {.open =
              [this](const std::stop_token& stop) {
                return engine_.listen(sql::kJobsChannel, {.timeout = options_.call_timeout, .stop = stop});
              },
          .notified = [this](const std::vector<std::string>& queues) { hear(queues); },
          .listening =
              [this](bool listening) {
                counters_.listening = listening;
                bell_.ring(detail::Doorbell::listener_changed);
              }};
}

void Worker::Run::hear(const std::vector<std::string>& queues) {
  // A long name is cut in the payload: better to look once too often.
  const auto is_ours = [this](const std::string& queue) { return queue == options_.queue || queue.size() >= sql::kNotifiedQueue; };
  const auto ours = static_cast<std::uint64_t>(std::ranges::count_if(queues, is_ours));
  if (ours == 0) return;
  counters_.notifications += ours;
  bell_.ring(detail::Doorbell::notified);
}

std::vector<LeaseKey> Worker::Run::renew(const std::vector<LeaseKey>& keys) {
  const std::vector<RenewedLease> renewed =
      queue_.renew(keys, {options_.lease, options_.shortest_lease()}, {.timeout = options_.renew_timeout, .stop = {}, .renews = true});
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
  const SweepsNeeded needed = queue_.sweeps_needed(options_.stalled_grace, options_.sweep_interval, limits);
  if (needed.expired) {
    if (const std::size_t expired = queue_.sweep_expired(limits); expired > 0) {
      emit(options_.events, Level::warning, "jobs.expired", fmt::format("{} jobs did not begin within their waiting TTL and are dead", expired));
    }
  }
  const auto tell = [this](std::string name, std::string_view what, const SweepReport& report) {
    if (report.all() == 0) return;
    bell_.ring(detail::Doorbell::notified);  // jobs wait again, or the ends made room within limits
    emit(options_.events, Level::warning, std::move(name),
         fmt::format("{}: {} jobs are back in the queue, {} are dead, {} cancelled", what, report.requeued, report.dead, report.cancelled));
  };
  if (needed.stalled) tell("jobs.stalled", "leases ran out", queue_.sweep_stalled(options_.stalled_grace, options_.max_stalls, limits));
  if (needed.overdue) tell("jobs.overdue", "runs took longer than they may", queue_.sweep_overdue(options_.stalled_grace, limits));
  // After the others, whose ends it looks at.
  if (needed.flows || needed.expired || needed.stalled || needed.overdue) queue_.sweep_flows(limits);
  if (needed.schedules) run_schedules();
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

/// What was missed while no worker was there doesn't wait for a sweep, unless the sweep must try again.
void Worker::Run::run_missed_schedules() {
  try {
    run_schedules();
  } catch (const Error& error) {
    const auto* refused = dynamic_cast<const SqlError*>(&error);
    const bool passes = refused != nullptr ? !detail::is_permanent(*refused) : error.infrastructure();
    if (!passes) throw;
    emit(options_.events, Level::error, "timer.failed",
         fmt::format("the look for schedules that are due failed, and the next sweep looks again: {}", error.what()));
  }
}

/// The hard end of a lease, or of a run's time, doesn't wait for a beat that hangs: it has a thread of its own.
void Worker::Run::watch_ends(const std::stop_token& stop) noexcept {
  while (!stop.stop_requested()) {
    std::uint64_t seen = 0;
    {
      const std::lock_guard lock(ends_mutex_);
      seen = ends_generation_;
      next_end_ = std::nullopt;  // a claim in between is not missed
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
    next_end_ = next;
    if (next) ends_changed_.wait_until(lock, stop, *next, changed);
    else ends_changed_.wait(lock, stop, changed);
  }
}

void Worker::Run::handle_jobs(detail::Completions* together) noexcept {
  while (auto entry = running_.pop()) {
    while (entry) {
      detail::EndedJob ended{.entry = entry, .ending = runner_.call_handler(*entry)};
      renewal_.ending(entry->job.key());
      entry = nullptr;
      if (together != nullptr && ended.ending.kind == detail::Ending::Kind::complete) together->add(std::move(ended));
      else entry = end_and_take_next(ended);
    }
  }
}

void Worker::Run::end(const std::vector<detail::EndedJob>& ended) noexcept {
  runner_.write_ends(ended);
  std::vector<LeaseKey> keys;
  keys.reserve(ended.size());
  for (const detail::EndedJob& one : ended) keys.push_back(one.entry->job.key());
  forget(keys);
}

void Worker::Run::forget(const std::vector<LeaseKey>& keys) {
  for (const LeaseKey& key : keys) renewal_.drop(key);
  running_.done(keys);
  bell_.ring(detail::Doorbell::job_ended);
}

void Worker::Run::drain() {
  for (const auto& entry : running_.take_unstarted()) {
    renewal_.ending(entry->job.key());
    runner_.give_back(entry->job, "the worker was stopped before the job began");
    renewal_.drop(entry->job.key());
    running_.done({entry->job.key()});
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
          .beats_failed = counters_.beats_failed,
          .claims = counters_.claims,
          .notifications = counters_.notifications,
          .listening = counters_.listening,
          .running = running_.count()};
}

Worker::Worker(Engine& engine, WorkerOptions options) : run_(std::make_unique<Run>(engine, std::move(options))) {}

Worker::~Worker() = default;

void Worker::handle(const std::string& name, Handler handler) { run_->handle(name, std::move(handler)); }

WorkerReport Worker::run(const std::stop_token& stop) { return run_->work(stop); }

WorkerReport Worker::report() const { return run_->report(); }

WorkerHealth Worker::health() const { return run_->health(); }

const std::string& Worker::id() const noexcept { return run_->options().id; }

const WorkerOptions& Worker::options() const noexcept { return run_->options(); }

}  // namespace poolguard
