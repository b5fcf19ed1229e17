#include "queue/rows.hpp"

#include <fmt/format.h>

#include "poolguard/errors.hpp"

namespace poolguard::detail {
namespace {

std::string or_empty(const Result::Value& value) { return value.value_or(std::string()); }

}  // namespace

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

}  // namespace poolguard::detail
