#include "poolguard/queue.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "poolguard/errors.hpp"
#include "queue/sql.hpp"
#include "util/text.hpp"

namespace poolguard {
namespace {

/// One sweep takes this many at most, so that a mass failure doesn't make one long statement.
constexpr std::int64_t kSweepLimit = 1000;

void check_json(std::string_view what, std::string_view json) {
  if (nlohmann::json::accept(json)) return;
  constexpr std::size_t kShown = 80;
  throw PayloadError(fmt::format("{} is not JSON: {}{}. Nothing was written; give a JSON value, such as {{\"key\": 1}} or \"text\"",
                                 what, json.substr(0, kShown), json.size() > kShown ? "…" : ""));
}

/// What nlohmann takes and jsonb does not: a \u0000, half a surrogate pair, a number too large.
bool is_json_refusal(const SqlError& error) {
  return error.sqlstate() == "22P02" || error.sqlstate() == "22P05" || error.sqlstate() == "22003" || error.sqlstate() == "54000";
}

std::string or_empty(const Result::Value& value) { return value.value_or(std::string()); }

Job read_job(const Result& rows, std::size_t row) {
  Job job;
  job.id = rows.number(row, "id");
  job.queue = rows.text(row, "queue");
  job.name = rows.text(row, "name");
  job.payload = rows.text(row, "payload");
  const auto status = parse_job_status(rows.text(row, "status"));
  if (!status) throw ResultError(fmt::format("job {} has the unknown status '{}'", job.id, rows.text(row, "status")));
  job.status = *status;
  job.priority = static_cast<std::int32_t>(rows.number(row, "priority"));
  job.attempts = static_cast<std::int32_t>(rows.number(row, "attempts"));
  job.max_attempts = static_cast<std::int32_t>(rows.number(row, "max_attempts"));
  job.stalls = static_cast<std::int32_t>(rows.number(row, "stalls"));
  job.lock_epoch = rows.number(row, "lock_epoch");
  job.locked_by = or_empty(rows.at(row, "locked_by"));
  job.last_error = or_empty(rows.at(row, "last_error"));
  job.result = or_empty(rows.at(row, "result"));
  job.created_at = or_empty(rows.at(row, "created_at"));
  job.run_at = or_empty(rows.at(row, "run_at"));
  job.finished_at = or_empty(rows.at(row, "finished_at"));
  return job;
}

std::vector<Job> read_jobs(const Result& rows) {
  std::vector<Job> jobs;
  jobs.reserve(rows.size());
  for (std::size_t row = 0; row < rows.size(); ++row) jobs.push_back(read_job(rows, row));
  return jobs;
}

std::vector<LeaseKey> read_keys(const Result& rows) {
  std::vector<LeaseKey> keys;
  keys.reserve(rows.size());
  for (std::size_t row = 0; row < rows.size(); ++row) {
    keys.push_back({.id = rows.number(row, "id"), .epoch = rows.number(row, "lock_epoch")});
  }
  return keys;
}

std::string ids(const std::vector<LeaseKey>& keys) {
  std::vector<std::int64_t> numbers;
  for (const LeaseKey& key : keys) numbers.push_back(key.id);
  return array_literal(numbers);
}

std::string epochs(const std::vector<LeaseKey>& keys) {
  std::vector<std::int64_t> numbers;
  for (const LeaseKey& key : keys) numbers.push_back(key.epoch);
  return array_literal(numbers);
}

}  // namespace

JobId Queue::add(const NewJob& job, const ExecuteOptions& options) {
  check_json("the payload", job.payload);
  try {
    return engine_
        .execute(sql::kAdd, {job.queue, job.name, job.payload, job.priority, job.delay.count(), job.max_attempts}, options)
        .number(0, "id");
  } catch (const SqlError& error) {
    if (!is_json_refusal(error)) throw;
    throw PayloadError(fmt::format("Postgres does not take the payload as jsonb: {}", error.what()));
  }
}

std::vector<Job> Queue::claim(const ClaimRequest& request, const ExecuteOptions& options) {
  if (request.names.empty() || request.limit == 0) return {};
  return read_jobs(engine_.execute_direct(
      sql::kClaim, {request.queue, array_literal(request.names), request.limit, request.worker, request.lease.count()}, options));
}

std::vector<LeaseKey> Queue::renew(const std::vector<LeaseKey>& keys, std::chrono::milliseconds lease,
                                   const ExecuteOptions& options) {
  if (keys.empty()) return {};
  return read_keys(engine_.execute_direct(sql::kRenew, {ids(keys), epochs(keys), lease.count()}, options));
}

std::vector<LeaseKey> Queue::verify(const std::vector<LeaseKey>& keys, const ExecuteOptions& options) {
  if (keys.empty()) return {};
  return read_keys(engine_.execute_direct(sql::kVerify, {ids(keys), epochs(keys)}, options));
}

bool Queue::complete(const LeaseKey& key, const std::optional<std::string>& result, const ExecuteOptions& options) {
  if (result) check_json("the result", *result);
  try {
    return engine_.execute(sql::kComplete, {key.id, key.epoch, result}, options).affected_rows() == 1;
  } catch (const SqlError& error) {
    if (!is_json_refusal(error)) throw;
    throw PayloadError(fmt::format("Postgres does not take the result as jsonb: {}", error.what()));
  }
}

std::optional<FailOutcome> Queue::fail(const LeaseKey& key, std::string_view error, std::chrono::milliseconds delay,
                                       const ExecuteOptions& options) {
  const Result rows = engine_.execute(sql::kFail, {key.id, key.epoch, detail::storable_text(error), delay.count()}, options);
  if (rows.empty()) return std::nullopt;
  return FailOutcome{.status = parse_job_status(rows.text(0, "status")).value_or(JobStatus::waiting),
                     .attempts = static_cast<std::int32_t>(rows.number(0, "attempts"))};
}

bool Queue::release(const LeaseKey& key, std::string_view reason, std::chrono::milliseconds delay, const ExecuteOptions& options) {
  return engine_.execute(sql::kRelease, {key.id, key.epoch, detail::storable_text(reason), delay.count()}, options).affected_rows() == 1;
}

SweepReport Queue::sweep_stalled(std::chrono::milliseconds grace, std::int32_t max_stalls, const ExecuteOptions& options) {
  const Result rows = engine_.execute(sql::kSweepStalled, {grace.count(), max_stalls, kSweepLimit}, options);
  SweepReport report;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    if (rows.text(row, "status") == to_string(JobStatus::dead)) ++report.dead;
    else ++report.requeued;
  }
  return report;
}

std::optional<Job> Queue::get(JobId id, const ExecuteOptions& options) {
  const Result rows = engine_.execute(sql::kGet, {id}, options);
  if (rows.empty()) return std::nullopt;
  return read_job(rows, 0);
}

std::vector<Job> Queue::list(const ListFilter& filter, const ExecuteOptions& options) {
  const Params::Value status = filter.status ? Params::Value(to_string(*filter.status)) : Params::Value(nullptr);
  return read_jobs(engine_.execute(sql::kList, {filter.queue, status, filter.limit}, options));
}

QueueStats Queue::stats(const std::optional<std::string>& queue, const ExecuteOptions& options) {
  const Result rows = engine_.execute(sql::kStats, {queue}, options);
  QueueStats stats;
  for (const JobStatus status : {JobStatus::waiting, JobStatus::active, JobStatus::completed, JobStatus::dead}) {
    stats.by_status[status] = rows.number(0, to_string(status));
  }
  stats.ready = rows.number(0, "ready");
  stats.expired_leases = rows.number(0, "expired_leases");
  if (rows.at(0, "oldest_ready_ms")) stats.oldest_ready = std::chrono::milliseconds(rows.number(0, "oldest_ready_ms"));
  return stats;
}

}  // namespace poolguard
