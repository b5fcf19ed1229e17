#include "poolguard/job.hpp"

#include <algorithm>
#include <cmath>

namespace poolguard {

std::string_view to_string(JobStatus status) noexcept {
  switch (status) {
    case JobStatus::waiting: return "waiting";
    case JobStatus::active: return "active";
    case JobStatus::completed: return "completed";
    case JobStatus::dead: return "dead";
  }
  return "unknown";
}

std::optional<JobStatus> parse_job_status(std::string_view word) noexcept {
  for (const JobStatus status : {JobStatus::waiting, JobStatus::active, JobStatus::completed, JobStatus::dead}) {
    if (word == to_string(status)) return status;
  }
  return std::nullopt;
}

std::chrono::milliseconds Backoff::delay(std::int32_t attempts, double random) const noexcept {
  const double most_ms = static_cast<double>(most.count());
  const double grown = static_cast<double>(initial.count()) * std::pow(factor, std::max(attempts - 1, 0));
  // pow may well be infinite for a job that has failed a thousand times.
  const double capped = std::isfinite(grown) ? std::min(grown, most_ms) : most_ms;
  return std::chrono::milliseconds(static_cast<std::int64_t>(capped * (1.0 - jitter * random)));
}

}  // namespace poolguard
