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
  std::chrono::milliseconds delay{0};   ///< before its first run, by the server's clock
  /// Not before this time. Give it or `delay`, not both.
  std::optional<std::chrono::system_clock::time_point> run_at = {};
  std::int32_t max_attempts = 3;        ///< failures until it is dead
  /// One job of a queue has this key at a time: adding it again gives the job that is there. Free again once that one is dead or
  /// deleted. Empty: none.
  std::string idempotency_key = {};
  /// If a job of the same queue, name and payload (as jsonb compares) waits for its first run, that one is given.
  bool coalesce = false;
  /// It is dead if it hasn't begun its first run this long after it was added.
  std::optional<std::chrono::milliseconds> waiting_ttl = {};
};

/// What add() did.
struct Added {
  JobId id = 0;         ///< of the new job, or of the one that was there
  bool is_new = true;
  operator JobId() const noexcept { return id; }  // NOLINT(google-explicit-constructor): most callers want only the id
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
