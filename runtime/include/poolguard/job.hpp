/// The queue's vocabulary.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace poolguard {

using JobId = std::int64_t;

/// waiting → active (claim) → completed | waiting (fail with a retry left, release, stalled) | dead (fail without, stalled too often)
enum class JobStatus { waiting, active, completed, dead };

[[nodiscard]] std::string_view to_string(JobStatus status) noexcept;
/// Empty for another word.
[[nodiscard]] std::optional<JobStatus> parse_job_status(std::string_view word) noexcept;

/// A job to add.
struct NewJob {
  std::string name;                     ///< which handler runs it
  std::string payload = "{}";           ///< JSON
  std::string queue = "default";
  std::int32_t priority = 0;            ///< higher runs first
  std::chrono::milliseconds delay{0};   ///< before its first run
  std::int32_t max_attempts = 3;        ///< failures until it is dead
};

/// The fence: a write by an owner whose epoch is no longer the row's matches nothing.
struct LeaseKey {
  JobId id = 0;
  std::int64_t epoch = 0;
  friend auto operator<=>(const LeaseKey&, const LeaseKey&) = default;
};

/// A job as it stands in the database.
struct Job {
  JobId id = 0;
  std::string queue;
  std::string name;
  std::string payload;
  JobStatus status = JobStatus::waiting;
  std::int32_t priority = 0;
  std::int32_t attempts = 0;  ///< failures so far; a lost connection or a stopped worker is none
  std::int32_t max_attempts = 0;
  std::int32_t stalls = 0;    ///< leases that ran out
  std::int64_t lock_epoch = 0;
  std::string locked_by;      ///< "" if not active
  std::string last_error;
  std::string result;         ///< JSON, or ""
  std::string created_at;     ///< ISO 8601 with offset, like the next two
  std::string run_at;
  std::string finished_at;    ///< ""

  [[nodiscard]] LeaseKey key() const noexcept { return {.id = id, .epoch = lock_epoch}; }
};

/// How long a failed job waits: initial · factor^(attempts - 1), at most `most`, taken down by up to `jitter` (a share).
struct Backoff {
  std::chrono::milliseconds initial{1000};
  double factor = 2.0;
  std::chrono::milliseconds most{std::chrono::hours{1}};
  double jitter = 0.2;

  /// `attempts`: failures so far, this one included. `random`: from [0, 1).
  [[nodiscard]] std::chrono::milliseconds delay(std::int32_t attempts, double random) const noexcept;
};

}  // namespace poolguard
