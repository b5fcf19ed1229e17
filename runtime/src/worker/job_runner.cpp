#include "worker/job_runner.hpp"

#include <set>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "poolguard/errors.hpp"

namespace poolguard::detail {
namespace {

/// After an infrastructure failure the database may need a moment.
constexpr std::chrono::milliseconds kInfrastructureDelay{2000};

constexpr int kWriteAttempts = 5;

std::chrono::milliseconds retry_pause(int attempt) { return std::chrono::milliseconds{100} * (1 << attempt); }

}  // namespace

JobRunner::JobRunner(Queue& queue, const WorkerOptions& options, const std::map<std::string, Handler>& handlers,
                     Renewal& renewal, Counters& counters)
    : queue_(queue), options_(options), handlers_(handlers), renewal_(renewal), counters_(counters), random_(std::random_device{}()) {}

void JobRunner::write_end(const EndedJob& ended, bool in_doubt) noexcept {
  try {
    finish(ended.entry->job, ended.ending, in_doubt);
  } catch (const std::exception& error) {
    emit(options_.events, Level::error, "job.unfinished",
         fmt::format("job {} has ended, and whether that was written is not known ({}); if it wasn't, it runs again once its lease is over",
                     ended.entry->job.id, error.what()));
  } catch (...) {
    emit(options_.events, Level::error, "job.unfinished",
         "a job has ended, and whether that was written is not known; if it wasn't, it runs again once its lease is over");
  }
}

void JobRunner::write_ends(const std::vector<EndedJob>& ended) noexcept {
  try {
    const Left left = complete_together(ended);
    for (const EndedJob& one : left.ended) {
      if (!left.unreachable) {
        write_end(one, left.in_doubt);
        continue;
      }
      emit(options_.events, Level::error, "job.unfinished",
           fmt::format("job {} has ended, and whether that was written is not known (the database can't be reached); if it wasn't, it runs "
                       "again once its lease is over",
                       one.entry->job.id));
    }
  } catch (...) {
    // No memory for the list: one by one, as if nothing had been tried.
    for (const EndedJob& one : ended) write_end(one, true);
  }
}

/// The statement is fenced, so asking twice is safe, and a job that it has completed is left in doubt and looked at.
JobRunner::Left JobRunner::complete_together(std::vector<EndedJob> ended) {
  Left left{.ended = std::move(ended)};
  bool unreachable = false;
  for (int attempt = 1; attempt <= kWriteAttempts; ++attempt) {
    std::vector<Completion> completions;
    for (const EndedJob& one : left.ended) {
      const Job& job = one.entry->job;
      if (one.ending.kind == Ending::Kind::complete && !job.remove_completed && renewal_.holds(job.key())) {
        completions.push_back({.key = job.key(), .result = one.ending.result});
      }
    }
    if (completions.size() < 2) return left;
    try {
      const std::vector<LeaseKey> keys = queue_.complete_batch(completions, {.timeout = options_.call_timeout, .stop = {}});
      const std::set<LeaseKey> written(keys.begin(), keys.end());
      unreachable = false;
      for (const LeaseKey& key : keys) renewal_.drop(key);
      counters_.completed += keys.size();
      std::erase_if(left.ended, [&written](const EndedJob& one) { return written.contains(one.entry->job.key()); });
      // Another worker's claim may have had some of the rows locked for a moment, having taken them for waiting.
      if (keys.empty()) return left;
    } catch (const Error& error) {
      if (!error.infrastructure()) return left;  // one by one, to see whose result it is
      left.in_doubt = true;
      unreachable = true;
      std::this_thread::sleep_for(retry_pause(attempt));
    }
  }
  left.unreachable = unreachable;
  return left;
}

void JobRunner::give_back(const Job& job, std::string_view reason) noexcept {
  try {
    finish(job, {.kind = Ending::Kind::release, .result = {}, .error = std::string(reason), .delay = {}}, false);
  } catch (const std::exception& error) {
    emit(options_.events, Level::warning, "job.unfinished",
         fmt::format("whether job {} was given back is not known ({}); if it wasn't, it runs once its lease is over", job.id, error.what()));
  }
}

Ending JobRunner::call_handler(const RunningJobs::Entry& entry) const {
  const auto handler = handlers_.find(entry.job.name);
  Ending ending;
  if (handler == handlers_.end()) {
    return {.kind = Ending::Kind::release, .result = {}, .error = "this worker has no such handler", .delay = kInfrastructureDelay};
  }
  const auto ended_by = [&](std::string text, Ending::Kind kind) {
    ending.error = std::move(text);
    ending.kind = kind;
    if (entry.cancelled) {
      ending.kind = Ending::Kind::cancel;
      ending.error = "cancelled while it ran";
    } else if (entry.timed_out) {
      ending.kind = Ending::Kind::fail;
      ending.error = fmt::format("the run took longer than the {} ms it may take, and was stopped: {}",
                                 entry.job.run_limit.value_or(std::chrono::milliseconds{0}).count(), ending.error);
    } else if (entry.stop.stop_requested()) {
      ending.kind = Ending::Kind::release;
    } else if (kind == Ending::Kind::release) {
      ending.delay = kInfrastructureDelay;
    }
  };
  emit(options_.events, Level::debug, "job.started", fmt::format("job {} ('{}') goes to its handler", entry.job.id, entry.job.name));
  try {
    ending.result = handler->second(
        JobContext{.job = entry.job,
                   .stop = entry.stop.get_token(),
                   .report_progress = [this, &entry](std::string_view progress) { report_progress(entry, progress); },
                   .children = [this, &entry] { return children(entry); }});
  } catch (const JobInterrupted& error) {
    ended_by(error.what(), Ending::Kind::release);
  } catch (const UnrecoverableError& error) {
    ended_by(error.what(), Ending::Kind::fail_for_good);
  } catch (const Error& error) {
    ended_by(error.what(), error.infrastructure() ? Ending::Kind::release : Ending::Kind::fail);
  } catch (const std::exception& error) {
    ended_by(error.what(), Ending::Kind::fail);
  } catch (...) {
    ended_by("the handler threw something that is not a std::exception", Ending::Kind::fail);
  }
  return ending;
}

void JobRunner::report_progress(const RunningJobs::Entry& entry, std::string_view progress) const {
  if (queue_.report_progress(entry.job.key(), std::string(progress), {.timeout = options_.call_timeout, .stop = entry.stop.get_token()})) {
    return;
  }
  throw JobInterrupted();  // the lease is somebody else's: so is the job
}

std::vector<ChildResult> JobRunner::children(const RunningJobs::Entry& entry) const {
  std::vector<ChildResult> results;
  for (Job& child : queue_.children(entry.job.id, {.timeout = options_.call_timeout, .stop = entry.stop.get_token()})) {
    const bool failed = child.status == JobStatus::dead || child.status == JobStatus::cancelled;
    if (failed && child.on_failure == ChildFailure::remove_dependency) continue;
    results.push_back({.id = child.id,
                       .name = std::move(child.name),
                       .status = child.status,
                       .result = std::move(child.result),
                       .error = child.status == JobStatus::completed ? std::string() : std::move(child.last_error)});
  }
  return results;
}

std::chrono::milliseconds JobRunner::backoff_of(const Job& job) {
  return job.backoff.value_or(options_.backoff).delay(job.attempts + 1, random(), job.last_delay);
}

void JobRunner::finish(const Job& job, const Ending& given, bool in_doubt) {
  Ending ending = given;
  if (ending.kind == Ending::Kind::fail) ending.delay = backoff_of(job);
  Written written = Written::no;
  try {
    written = write_with_patience(job, ending, in_doubt);
  } catch (const PayloadError& error) {
    ending = {.kind = Ending::Kind::fail, .result = {}, .error = error.what(), .delay = backoff_of(job)};
    written = write_with_patience(job, ending, in_doubt);
  }
  renewal_.drop(job.key());
  if (written == Written::unknown) {
    throw InDoubtError("the answer to its last write was lost, and the row doesn't tell: others have had the job by now, or it is gone");
  }
  if (written == Written::no) {
    ++counters_.lost;
    emit(options_.events, Level::warning, "lease.lost",
         fmt::format("job {} ({}) ended here, but its lease was lost before, so its result was not written", job.id, job.name));
    return;
  }
  switch (ending.kind) {
    case Ending::Kind::complete: ++counters_.completed; break;
    case Ending::Kind::fail:
      ++counters_.failed;
      emit(options_.events, Level::warning, "job.failed",
           fmt::format("job {} ({}) failed (attempt {} of {}): {}", job.id, job.name, job.attempts + 1, job.max_attempts, ending.error));
      break;
    case Ending::Kind::fail_for_good:
      ++counters_.failed;
      emit(options_.events, Level::warning, "job.dead",
           fmt::format("job {} ({}) failed for good (attempt {} of {}): {}", job.id, job.name, job.attempts + 1, job.max_attempts,
                       ending.error));
      break;
    case Ending::Kind::cancel:
      ++counters_.cancelled;
      emit(options_.events, Level::info, "job.cancelled", fmt::format("job {} ({}) was cancelled while it ran", job.id, job.name));
      break;
    case Ending::Kind::release:
      ++counters_.released;
      emit(options_.events, Level::info, "job.released",
           fmt::format("job {} ({}) was given back, no attempt counted: {}", job.id, job.name, ending.error));
      break;
  }
}

/// The transition is fenced, so asking twice is safe; the renewal goes on meanwhile.
JobRunner::Written JobRunner::write_with_patience(const Job& job, const Ending& ending, bool in_doubt) {
  for (int attempt = 1; renewal_.holds(job.key()); ++attempt) {
    try {
      if (write(job, ending)) return Written::yes;
      break;
    } catch (const Error& error) {
      if (!error.infrastructure() || attempt == kWriteAttempts) throw;
      in_doubt = true;
      std::this_thread::sleep_for(retry_pause(attempt));
    }
  }
  if (!in_doubt) return Written::no;
  // The write whose answer was lost may be the one that ended the lease: a second one then matches no row, and a renewal neither.
  const auto now = queue_.get(job.id, {.timeout = options_.call_timeout, .stop = {}});
  return (now ? ended_by_us(job, *now) : removed_by_us(job, ending)) ? Written::yes : Written::unknown;
}

/// True only if nobody else can have done it. A sweep raises the epoch as a claim does, so what is two claims or sweeps later doesn't
/// tell.
bool JobRunner::ended_by_us(const Job& job, const Job& now) {
  if (now.lock_epoch == job.lock_epoch) return now.status != JobStatus::active;
  // Claimed under the next epoch, so it waited under ours: our write gave it back.
  return now.lock_epoch == job.lock_epoch + 1 && (now.status == JobStatus::active || now.status == JobStatus::completed);
}

/// The row is gone. As long as our lease holds by our own clock nobody else has had the job, unless a run that may only take so long was
/// taken from us.
bool JobRunner::removed_by_us(const Job& job, const Ending& ending) const {
  return ending.kind == Ending::Kind::complete && job.remove_completed && !job.run_limit && renewal_.holds(job.key());
}

bool JobRunner::write(const Job& job, const Ending& ending) {
  const ExecuteOptions options{.timeout = options_.call_timeout, .stop = {}};
  switch (ending.kind) {
    case Ending::Kind::complete: return queue_.complete(job.key(), ending.result, options);
    case Ending::Kind::fail: return queue_.fail(job.key(), ending.error, ending.delay, options).has_value();
    case Ending::Kind::fail_for_good: return queue_.fail_for_good(job.key(), ending.error, options).has_value();
    case Ending::Kind::cancel:  // the row knows that it is to be cancelled
    case Ending::Kind::release: return queue_.release(job.key(), ending.error, ending.delay, options);
  }
  return false;
}

double JobRunner::random() {
  const std::lock_guard lock(random_mutex_);
  return std::uniform_real_distribution<double>(0.0, 1.0)(random_);
}

}  // namespace poolguard::detail
