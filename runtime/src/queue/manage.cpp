#include <fmt/format.h>

#include "poolguard/errors.hpp"
#include "poolguard/queue.hpp"
#include "queue/flow_sql.hpp"
#include "queue/manage_sql.hpp"
#include "queue/payload.hpp"

namespace poolguard {

CancelOutcome Queue::cancel(JobId id, const ExecuteOptions& options) {
  // A job of the tree may begin, or go back, between the two looks.
  constexpr int kLooks = 3;
  CancelOutcome outcome = CancelOutcome::too_late;
  for (int look = 0; look < kLooks; ++look) {
    const Result cancelled = engine_.execute(sql::kCancelTree, {id}, options);
    for (std::size_t row = 0; row < cancelled.size(); ++row) {
      if (cancelled.number(row, "id") == id) outcome = CancelOutcome::cancelled;
    }
    settle_after(cancelled, options);
    const Result active = engine_.execute(sql::kActiveInTree, {id}, options);
    for (std::size_t row = 0; row < active.size(); ++row) {
      const JobId runs = active.number(row, "id");
      if (engine_.execute(sql::kRequestCancel, {runs}, options).affected_rows() == 1 && runs == id) outcome = CancelOutcome::requested;
    }
    if (outcome != CancelOutcome::too_late && cancelled.empty() && active.empty()) return outcome;
  }
  if (outcome != CancelOutcome::too_late) return outcome;
  // It may run and have been asked before.
  const auto job = get(id, options);
  return job && job->cancel_requested ? CancelOutcome::requested : CancelOutcome::too_late;
}

bool Queue::pause(JobId id, const ExecuteOptions& options) {
  return engine_.execute(sql::kPauseJob, {id, true}, options).affected_rows() == 1;
}

bool Queue::resume(JobId id, const ExecuteOptions& options) {
  return engine_.execute(sql::kPauseJob, {id, false}, options).affected_rows() == 1;
}

void Queue::pause(std::string_view queue, std::string_view name, const ExecuteOptions& options) {
  engine_.execute(sql::kPauseName, {queue, name, true}, options);
}

void Queue::resume(std::string_view queue, std::string_view name, const ExecuteOptions& options) {
  engine_.execute(sql::kPauseName, {queue, name, false}, options);
}

bool Queue::is_paused(std::string_view queue, std::string_view name, const ExecuteOptions& options) {
  return engine_.execute(sql::kIsPaused, {queue, name}, options).text(0, "paused") == "t";
}

bool Queue::retry(JobId id, const ExecuteOptions& options) {
  try {
    if (engine_.execute(sql::kRetryEnded, {id}, options).affected_rows() == 1) {
      settle({id}, options);  // a child may have ended since it was seen
      return true;
    }
  } catch (const SqlError& error) {
    if (error.sqlstate() != "23505") throw;
    throw KeyTakenError(fmt::format("job {} can't run again: another job has its idempotency key by now. Cancel or delete that one, or "
                                    "replay this one, which adds a job without the key",
                                    id));
  }
  return engine_.execute(sql::kRunNow, {id}, options).affected_rows() == 1;
}

std::optional<JobId> Queue::replay(JobId id, const ReplayChanges& changes, const ExecuteOptions& options) {
  if (changes.payload) detail::check_json("the payload", *changes.payload, options_.max_payload_bytes);
  try {
    const Result rows = engine_.execute(sql::kReplay, {id, changes.payload, changes.name, changes.queue}, options);
    if (rows.empty()) return std::nullopt;
    return rows.number(0, "id");
  } catch (const SqlError& error) {
    detail::rethrow_refusal("the payload", error);
  }
}

bool Queue::remove(JobId id, const ExecuteOptions& options) {
  return engine_.execute(sql::kRemove, {id}, options).affected_rows() == 1;
}

std::size_t Queue::prune(const PruneRequest& request, const ExecuteOptions& options) {
  std::vector<std::string> statuses;
  for (const JobStatus status : request.statuses) {
    if (status == JobStatus::blocked || status == JobStatus::waiting || status == JobStatus::active) {
      throw ConfigError(fmt::format("prune takes completed, dead and cancelled jobs; '{}' is not an end", to_string(status)));
    }
    statuses.emplace_back(to_string(status));
  }
  if (request.batch == 0) throw ConfigError("prune: batch must be greater than 0");
  std::size_t all = 0, deleted = 0;
  do {
    deleted = engine_
                  .execute(sql::kPrune, {array_literal(statuses), request.older_than.count(), request.queue, request.batch}, options)
                  .affected_rows();
    all += deleted;
  } while (deleted == request.batch && !options.stop.stop_requested());
  return all;
}

}  // namespace poolguard
