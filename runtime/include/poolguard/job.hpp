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

/// blocked (a parent, until its children have ended) → waiting → active (claim) → completed | waiting (fail with a retry left, release,
/// stalled) | dead (fail without, stalled too often) | cancelled (also straight from waiting or blocked). runtime/README.md draws it.
enum class JobStatus { blocked, waiting, active, completed, dead, cancelled };

inline constexpr JobStatus kEveryStatus[] = {JobStatus::blocked,   JobStatus::waiting, JobStatus::active,
                                             JobStatus::completed, JobStatus::dead,    JobStatus::cancelled};

[[nodiscard]] std::string_view to_string(JobStatus status) noexcept;
/// Empty for another word.
[[nodiscard]] std::optional<JobStatus> parse_job_status(std::string_view word) noexcept;

enum class BackoffKind {
  fixed,         ///< `initial`, each time
  exponential,   ///< initial · factor^(attempts - 1)
  decorrelated,  ///< from `initial` to three times the wait before: failures of many jobs at once drift apart
};

[[nodiscard]] std::string_view to_string(BackoffKind kind) noexcept;
/// Empty for another word.
[[nodiscard]] std::optional<BackoffKind> parse_backoff_kind(std::string_view word) noexcept;

/// How long a failed job waits: never longer than `most`.
struct Backoff {
  std::chrono::milliseconds initial{1000};
  double factor = 2.0;
  std::chrono::milliseconds most{std::chrono::hours{1}};
  double jitter = 0.2;  ///< a share, taken away at random; decorrelated waits are random as they are
  BackoffKind kind = BackoffKind::exponential;

  /// `attempts`: failures so far, this one included. `random`: from [0, 1). `before`: the wait before the last run, 0 if none.
  [[nodiscard]] std::chrono::milliseconds delay(std::int32_t attempts, double random,
                                                std::chrono::milliseconds before = {}) const noexcept;
  /// Throws ConfigError if the numbers can't be. `whose` begins its text.
  void check(std::string_view whose) const;
};

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
  /// How long a claim of it holds without a renewal, 5 s to 1 h. A worker gives it more if its own beats need that. Unset: the
  /// worker's lease.
  std::optional<std::chrono::milliseconds> lease = {};
  /// For one run: then its handler is asked to stop and an attempt is counted.
  std::optional<std::chrono::milliseconds> timeout = {};
  /// From now to its end, with all waits and runs: past it the job is dead.
  std::optional<std::chrono::milliseconds> deadline = {};
  /// Unset: the worker's.
  std::optional<Backoff> backoff = {};
  /// Whose share of its name's limits it takes (Queue::set_limits()): a customer, a host. Empty: only the limits of the name hold.
  std::string limit_key = {};
  /// Its row is deleted when it is completed, result and all, and its idempotency key is free. A child's goes when its parent is
  /// completed, which may ask for its result until then.
  bool remove_completed = false;
};

/// What becomes of a parent when this child of it is dead or cancelled.
enum class ChildFailure {
  fail_parent,        ///< the parent is dead, and so on upwards by the parent's own; its other children go on
  remove_dependency,  ///< the parent waits for the others only, and isn't told of this one
  ignore,             ///< the parent waits for the others only, and is told
  continue_parent,    ///< the parent runs now, whatever the others do, and is told
};

[[nodiscard]] std::string_view to_string(ChildFailure failure) noexcept;
/// Empty for another word.
[[nodiscard]] std::optional<ChildFailure> parse_child_failure(std::string_view word) noexcept;

/// A job that runs when its children have ended, and those: a tree of any depth. Its jobs have no idempotency keys and don't coalesce.
struct Flow {
  NewJob job;
  std::vector<Flow> children = {};
  ChildFailure on_failure = ChildFailure::fail_parent;  ///< of this job, for the parent above it
};

/// What a parent is told of a child.
struct ChildResult {
  JobId id = 0;
  std::string name;
  JobStatus status = JobStatus::completed;  ///< one that hasn't ended is there only if another let its parent continue
  std::string result;                       ///< JSON, or ""
  std::string error;                        ///< of one that isn't completed
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

/// A lease that a renewal extended.
struct RenewedLease : LeaseKey {
  bool cancel_requested = false;  ///< its handler should stop
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
  std::string progress;       ///< JSON that the handler reported last, or ""
  bool paused = false;
  bool cancel_requested = false;  ///< active, and told to stop
  JobId replay_of = 0;        ///< the dead job that this one replays, or 0
  JobId parent = 0;           ///< of a flow, or 0
  ChildFailure on_failure = ChildFailure::fail_parent;  ///< for that parent
  bool remove_completed = false;
  std::optional<std::chrono::milliseconds> lease = {};
  std::optional<std::chrono::milliseconds> timeout = {};
  std::optional<Backoff> backoff = {};
  std::chrono::milliseconds last_delay{0};  ///< what it waited for after its last failure
  std::string limit_key = {};  ///< or ""
  /// Of a job that was just claimed: how long this run may take, by its timeout and its deadline.
  std::optional<std::chrono::milliseconds> run_limit = {};

  [[nodiscard]] LeaseKey key() const noexcept { return {.id = id, .epoch = lock_epoch}; }
};

}  // namespace poolguard
