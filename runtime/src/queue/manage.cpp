#include <fmt/format.h>

#include "poolguard/errors.hpp"
#include "poolguard/queue.hpp"
#include "queue/manage_sql.hpp"
#include "queue/payload.hpp"

namespace poolguard {

CancelOutcome Queue::cancel(JobId id, const ExecuteOptions& options) {
  // It may begin, or go back, between the two looks.
  constexpr int kLooks = 3;
  for (int look = 0; look < kLooks; ++look) {
    if (engine_.execute(sql::kCancelWaiting, {id}, options).affected_rows() == 1) return CancelOutcome::cancelled;
    if (engine_.execute(sql::kRequestCancel, {id}, options).affected_rows() == 1) return CancelOutcome::requested;
  }
  return CancelOutcome::too_late;
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
    if (engine_.execute(sql::kRetryEnded, {id}, options).affected_rows() == 1) return true;
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
    if (status == JobStatus::waiting || status == JobStatus::active) {
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
