#include "queue/rows.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "poolguard/errors.hpp"

namespace poolguard::detail {
namespace {

std::string or_empty(const Result::Value& value) { return value.value_or(std::string()); }

Backoff read_backoff(const std::string& text) {
  const auto json = nlohmann::json::parse(text);
  return {.initial = std::chrono::milliseconds(json.at("initial_ms").get<std::int64_t>()),
          .factor = json.at("factor").get<double>(),
          .most = std::chrono::milliseconds(json.at("most_ms").get<std::int64_t>()),
          .jitter = json.at("jitter").get<double>(),
          .kind = parse_backoff_kind(json.at("kind").get<std::string>()).value_or(BackoffKind::exponential)};
}

}  // namespace

std::optional<std::chrono::milliseconds> ms_or_none(const Result& rows, std::size_t row, std::string_view column) {
  if (!rows.at(row, column)) return std::nullopt;
  return std::chrono::milliseconds(rows.number(row, column));
}

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
  job.progress = or_empty(rows.at(row, "progress"));
  job.paused = rows.text(row, "paused") == "t";
  job.cancel_requested = rows.text(row, "cancel_requested") == "t" && job.status == JobStatus::active;
  if (rows.at(row, "replay_of")) job.replay_of = rows.number(row, "replay_of");
  if (rows.at(row, "parent_id")) job.parent = rows.number(row, "parent_id");
  job.on_failure = parse_child_failure(rows.text(row, "on_failure")).value_or(ChildFailure::fail_parent);
  job.remove_completed = rows.text(row, "remove_completed") == "t";
  job.limit_key = or_empty(rows.at(row, "limit_key"));
  job.lease = ms_or_none(rows, row, "lease_ms");
  job.timeout = ms_or_none(rows, row, "timeout_ms");
  job.last_delay = ms_or_none(rows, row, "last_delay_ms").value_or(std::chrono::milliseconds{0});
  if (const auto& backoff = rows.at(row, "backoff")) job.backoff = read_backoff(*backoff);
  return job;
}

std::vector<Job> read_claimed(const Result& rows) {
  std::vector<Job> jobs;
  jobs.reserve(rows.size());
  for (std::size_t row = 0; row < rows.size(); ++row) {
    if (!rows.at(row, "id")) continue;  // no job was due, or the row is of one that was completed
    jobs.push_back(read_job(rows, row));
    jobs.back().run_limit = ms_or_none(rows, row, "run_ms");
  }
  return jobs;
}

std::vector<LeaseKey> read_completed(const Result& rows) {
  std::vector<LeaseKey> keys;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    if (!rows.at(row, "completed_id")) continue;  // a job that was claimed
    keys.push_back({.id = rows.number(row, "completed_id"), .epoch = rows.number(row, "completed_epoch")});
  }
  return keys;
}

std::vector<RenewedLease> read_renewed(const Result& rows) {
  std::vector<RenewedLease> leases;
  leases.reserve(rows.size());
  for (std::size_t row = 0; row < rows.size(); ++row) {
    RenewedLease lease;
    lease.id = rows.number(row, "id");
    lease.epoch = rows.number(row, "lock_epoch");
    lease.cancel_requested = rows.text(row, "cancel_requested") == "t";
    leases.push_back(lease);
  }
  return leases;
}

QueueStats read_stats(const Result& rows, std::size_t row) {
  QueueStats stats;
  for (const JobStatus status : kEveryStatus) stats.by_status[status] = rows.number(row, to_string(status));
  stats.paused = rows.number(row, "paused");
  stats.ready = rows.number(row, "ready");
  stats.expired_leases = rows.number(row, "expired_leases");
  stats.oldest_ready = ms_or_none(rows, row, "oldest_ready_ms");
  return stats;
}

std::string backoff_json(const Backoff& backoff) {
  return nlohmann::json{{"kind", to_string(backoff.kind)}, {"initial_ms", backoff.initial.count()}, {"factor", backoff.factor},
                        {"most_ms", backoff.most.count()}, {"jitter", backoff.jitter}}
      .dump();
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

}  // namespace poolguard::detail
