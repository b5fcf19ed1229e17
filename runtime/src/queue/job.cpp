#include "poolguard/job.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "poolguard/errors.hpp"

namespace poolguard {

std::string_view to_string(JobStatus status) noexcept {
  switch (status) {
    case JobStatus::blocked: return "blocked";
    case JobStatus::waiting: return "waiting";
    case JobStatus::active: return "active";
    case JobStatus::completed: return "completed";
    case JobStatus::dead: return "dead";
    case JobStatus::cancelled: return "cancelled";
  }
  return "unknown";
}

std::optional<JobStatus> parse_job_status(std::string_view word) noexcept {
  for (const JobStatus status : kEveryStatus) {
    if (word == to_string(status)) return status;
  }
  return std::nullopt;
}

std::string_view to_string(ChildFailure failure) noexcept {
  switch (failure) {
    case ChildFailure::fail_parent: return "fail_parent";
    case ChildFailure::remove_dependency: return "remove_dependency";
    case ChildFailure::ignore: return "ignore";
    case ChildFailure::continue_parent: return "continue_parent";
  }
  return "unknown";
}

std::optional<ChildFailure> parse_child_failure(std::string_view word) noexcept {
  for (const ChildFailure failure :
       {ChildFailure::fail_parent, ChildFailure::remove_dependency, ChildFailure::ignore, ChildFailure::continue_parent}) {
    if (word == to_string(failure)) return failure;
  }
  return std::nullopt;
}

std::string_view to_string(BackoffKind kind) noexcept {
  switch (kind) {
    case BackoffKind::fixed: return "fixed";
    case BackoffKind::exponential: return "exponential";
    case BackoffKind::decorrelated: return "decorrelated";
  }
  return "unknown";
}

std::optional<BackoffKind> parse_backoff_kind(std::string_view word) noexcept {
  for (const BackoffKind kind : {BackoffKind::fixed, BackoffKind::exponential, BackoffKind::decorrelated}) {
    if (word == to_string(kind)) return kind;
  }
  return std::nullopt;
}

void Backoff::check(std::string_view whose) const {
  if (initial >= initial.zero() && most >= initial && factor >= 1.0 && jitter >= 0.0 && jitter <= 1.0) return;
  throw ConfigError(fmt::format("{}: a backoff needs initial >= 0, most >= initial, factor >= 1 and jitter from 0 to 1; it has {} ms, "
                                "{} ms, {} and {}",
                                whose, initial.count(), most.count(), factor, jitter));
}

std::chrono::milliseconds Backoff::delay(std::int32_t attempts, double random, std::chrono::milliseconds before) const noexcept {
  const double most_ms = static_cast<double>(most.count());
  const double initial_ms = static_cast<double>(initial.count());
  if (kind == BackoffKind::decorrelated) {
    const double highest = std::max(3.0 * static_cast<double>(before.count()), initial_ms);
    return std::chrono::milliseconds(static_cast<std::int64_t>(std::min(initial_ms + random * (highest - initial_ms), most_ms)));
  }
  const double power = kind == BackoffKind::fixed ? 0 : std::max(attempts - 1, 0);
  const double grown = initial_ms * std::pow(factor, power);
  // pow may well be infinite for a job that has failed a thousand times.
  const double capped = std::isfinite(grown) ? std::min(grown, most_ms) : most_ms;
  return std::chrono::milliseconds(static_cast<std::int64_t>(capped * (1.0 - jitter * random)));
}

}  // namespace poolguard
