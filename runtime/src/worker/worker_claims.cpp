/// How a worker comes to its jobs: by the claims of its loop, and by those that its handlers send with the ends of their jobs.
#include <algorithm>
#include <exception>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "poolguard/errors.hpp"
#include "worker/worker_run.hpp"

namespace poolguard {
namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

bool detail::is_permanent(const SqlError& error) { return error.sqlstate().starts_with("42") || error.sqlstate().starts_with("3F"); }

void Worker::Run::claim_until(const std::stop_token& stop) {
  using detail::Doorbell;
  detail::ClaimPacing pacing({.poll_least = options_.poll_least,
                              .poll_most = options_.poll_most,
                              .listen_poll = options_.listen_poll,
                              .debounce = options_.wake_debounce,
                              .until_empty = options_.until_empty},
                             Clock::now());
  while (!stop.stop_requested()) {
    const unsigned rings = bell_.wait(pacing.next().at, stop);
    if (stop.stop_requested()) return;
    const auto now = Clock::now();
    if ((rings & Doorbell::listener_changed) != 0) pacing.set_listening(counters_.listening, now);
    if ((rings & Doorbell::job_ended) != 0) pacing.job_ended(now);
    if ((rings & Doorbell::notified) != 0) pacing.notified(now);
    if (pacing.next().at > now) continue;
    try {
      if (!ask(pacing, stop)) return;
    } catch (const SqlError& error) {
      if (detail::is_permanent(error)) throw;
      pacing.failed(Clock::now());
      claim_failed(error);
    } catch (const Error& error) {
      pacing.failed(Clock::now());
      claim_failed(error);
    }
  }
}

void Worker::Run::claim_failed(const std::exception& error) {
  claims_find_ = false;
  emit(options_.events, Level::warning, "claim.failed", fmt::format("a claim failed; the next comes later: {}", error.what()));
}

bool Worker::Run::ask(detail::ClaimPacing& pacing, const std::stop_token& stop) {
  const std::size_t free = running_.wait_for_free_slots(stop);
  if (stop.stop_requested()) return true;
  if (pacing.next().ask == detail::ClaimPacing::Ask::look) {
    const auto due = queue_.next_due(options_.queue, names(), {.timeout = options_.call_timeout, .stop = {}});
    pacing.looked(due, Clock::now());
    if (!due || due->count() > 0) wedge_.progressed();
    return true;
  }
  const bool idle = running_.count() == 0;  // before: a job that ends during the claim may leave another to be claimed
  const auto sent = Clock::now();
  const std::size_t claimed = claim(options_.batch > 1 ? options_.batch : free);
  pacing.claimed(claimed, sent);
  return claimed > 0 || !options_.until_empty || !idle;
}

std::vector<std::string> Worker::Run::names() const {
  std::vector<std::string> names;
  for (const auto& [name, handler] : handlers_) names.push_back(name);
  return names;
}

ClaimRequest Worker::Run::request(std::size_t limit) const {
  return {.worker = options_.id,
          .queue = options_.queue,
          .names = names(),
          .limit = limit,
          .lease = options_.lease,
          .shortest_lease = options_.shortest_lease()};
}

std::size_t Worker::Run::claim(std::size_t limit) {
  ++counters_.claims;
  const auto sent = Clock::now();
  std::vector<Job> jobs = queue_.claim(request(limit), {.timeout = options_.call_timeout, .stop = {}});
  const std::size_t claimed = jobs.size();
  Held held = hold(std::move(jobs), sent);
  running_.push(std::move(held.entries));
  watch_from(held.first_end);
  return claimed;
}

Worker::Run::Held Worker::Run::hold(std::vector<Job> jobs, Clock::time_point sent) {
  claims_find_ = !jobs.empty();
  if (!jobs.empty()) wedge_.progressed();
  counters_.claimed += jobs.size();
  Held held;
  held.entries.reserve(jobs.size());
  for (Job& job : jobs) {
    const auto lease = std::max(job.lease.value_or(options_.lease), options_.shortest_lease());
    renewal_.hold(job.key(), sent, lease);
    held.first_end = std::min({held.first_end, sent + lease, sent + job.run_limit.value_or(lease)});
    auto entry = std::make_shared<detail::RunningJobs::Entry>();
    entry->stop_at = job.run_limit ? std::optional(sent + *job.run_limit) : std::nullopt;
    entry->job = std::move(job);
    held.entries.push_back(std::move(entry));
  }
  if (!is_to_end()) return held;
  // The claim was under way when the worker was told to stop.
  for (const auto& entry : held.entries) {
    runner_.give_back(entry->job, "the worker was stopped before the job began");
    renewal_.drop(entry->job.key());
  }
  return {};
}

void Worker::Run::watch_from(Clock::time_point end) {
  const std::lock_guard lock(ends_mutex_);
  if (end >= next_end_.value_or(Clock::time_point::max())) return;
  ++ends_generation_;
  ends_changed_.notify_all();
}

std::shared_ptr<detail::RunningJobs::Entry> Worker::Run::end_and_take_next(const detail::EndedJob& ended) noexcept {
  const Job& job = ended.entry->job;
  detail::HandOver::Turn turn{.ended = ended};
  // What complete_and_claim() leaves to complete() is given to that at once.
  if (ended.ending.kind == detail::Ending::Kind::complete && !job.remove_completed && !job.parent && renewal_.holds(job.key())) {
    hand_over_.take(turn);
  }
  if (!turn.written) runner_.write_end(ended, turn.in_doubt);
  if (turn.next) renewal_.drop(job.key());  // its slot is the next one's already
  else forget({job.key()});
  return turn.next;
}

/// Only while claims find jobs: where they don't, the statement for ends alone costs less, and where they fail the claim loop comes back
/// to it with the pause that it needs.
void Worker::Run::complete_and_claim(const std::vector<detail::HandOver::Turn*>& turns) noexcept {
  if (!claims_find_ || queue_.there_are_limits() || is_to_end()) return;
  const auto sent = Clock::now();
  CompletedAndClaimed done;
  try {
    std::vector<Completion> completions;
    for (const detail::HandOver::Turn* turn : turns) {
      completions.push_back({.key = turn->ended.entry->job.key(), .result = turn->ended.ending.result});
    }
    ++counters_.claims;
    done = queue_.complete_and_claim(completions, request(turns.size()), {.timeout = options_.call_timeout, .stop = {}});
  } catch (const PayloadError&) {
    return;  // nothing was done; complete() tells of each whether it is its result that can't be stored
  } catch (const std::exception& error) {
    claim_failed(error);
    // Where the server has refused, all are asked about in vain.
    for (detail::HandOver::Turn* turn : turns) turn->in_doubt = true;
    return;
  }
  const std::set<LeaseKey> completed(done.completed.begin(), done.completed.end());
  counters_.completed += completed.size();
  for (const LeaseKey& key : completed) renewal_.drop(key);
  for (detail::HandOver::Turn* turn : turns) turn->written = completed.contains(turn->ended.entry->job.key());
  Held held = hold(std::move(done.claimed), sent);
  std::vector<LeaseKey> left;
  for (std::size_t i = 0; i < held.entries.size(); ++i) {
    turns[i]->next = held.entries[i];
    left.push_back(turns[i]->ended.entry->job.key());
  }
  running_.replace(left, held.entries);
  watch_from(held.first_end);
}

}  // namespace poolguard
