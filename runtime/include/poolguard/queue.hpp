/// A job queue in one table. Every operation is one statement (runtime/src/queue/sql.hpp); nothing is retried here.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "poolguard/annotations.hpp"
#include "poolguard/engine.hpp"
#include "poolguard/job.hpp"

namespace pqxx {
class transaction_base;
}

namespace poolguard {

struct QueueOptions {
  /// The most bytes that a job's payload, and its result, may have.
  std::size_t max_payload_bytes = std::size_t{1} << 20U;
};

/// What claim() is asked for.
struct ClaimRequest {
  std::string worker;                       ///< who; shown in `locked_by`
  std::string queue = "default";
  std::vector<std::string> names;           ///< the handlers at hand; nothing is claimed for an empty list
  static constexpr std::size_t kMostJobs = 1000;  ///< that one claim takes, whatever its limit
  std::size_t limit = 1;
  std::chrono::milliseconds lease{30000};   ///< from the server's clock; a job's own comes before it
  std::chrono::milliseconds shortest_lease{0};  ///< but no lease is shorter than this
};

/// How long a renewal extends leases for.
struct LeaseTerms {
  LeaseTerms(std::chrono::milliseconds usual, std::chrono::milliseconds at_least = {}) : lease(usual), shortest(at_least) {}
  std::chrono::milliseconds lease;     ///< of jobs without a lease of their own
  std::chrono::milliseconds shortest;
};

/// A job that ended well, and its result (JSON).
struct Completion {
  LeaseKey key;
  std::optional<std::string> result = {};
};

/// What complete_and_claim() did.
struct CompletedAndClaimed {
  std::vector<LeaseKey> completed;  ///< of those that were given
  std::vector<Job> claimed;
};

/// What became of a job that failed.
struct FailOutcome {
  JobStatus status = JobStatus::waiting;  ///< waiting, dead or cancelled
  std::int32_t attempts = 0;
};

struct SweepReport {
  std::size_t requeued = 0;
  std::size_t dead = 0;
  std::size_t cancelled = 0;  ///< a cancel had been requested
  [[nodiscard]] std::size_t all() const noexcept { return requeued + dead + cancelled; }
};

/// Which sweeps would find something.
struct SweepsNeeded {
  bool stalled = false;
  bool overdue = false;
  bool expired = false;
  bool flows = false;      ///< sweep_flows() would
  bool schedules = false;  ///< Schedules::run_due() would
};

struct ListFilter {
  std::optional<std::string> queue;
  std::optional<JobStatus> status;
  std::size_t limit = 50;
  std::optional<std::string> name = {};
};

/// In any span of `window` at most `starts` jobs are claimed.
struct RateLimit {
  std::int64_t starts = 1;
  std::chrono::milliseconds window{1000};
};

/// Of a name in a queue; what is unset is unlimited. The `key_` ones hold for each limit key (NewJob::limit_key) by itself, and not for jobs
/// without one; the others for all jobs of the name together.
struct Limits {
  std::optional<std::int64_t> active = {};      ///< at most so many are active at a time
  std::optional<RateLimit> rate = {};
  std::optional<std::int64_t> key_active = {};
  std::optional<RateLimit> key_rate = {};
};

struct NameLimits : Limits {
  std::string queue;
  std::string name;
};

enum class CancelOutcome {
  cancelled,  ///< it waited, and will not run
  requested,  ///< it runs: its handler is asked to stop with the next beat
  too_late,   ///< it has ended, or there is no such job
};

/// What a replay changes; what is unset stays as it was.
struct ReplayChanges {
  std::optional<std::string> payload = {};
  std::optional<std::string> name = {};
  std::optional<std::string> queue = {};
};

struct PruneRequest {
  std::chrono::milliseconds older_than{std::chrono::hours{24 * 7}};  ///< since they ended
  std::vector<JobStatus> statuses = {JobStatus::completed};          ///< of completed, dead, cancelled
  std::optional<std::string> queue = {};
  std::size_t batch = 1000;  ///< deleted by one statement
};

struct QueueStats {
  std::map<JobStatus, std::int64_t> by_status;       ///< all six
  std::int64_t paused = 0;                           ///< waiting, and paused one by one
  std::int64_t ready = 0;                            ///< waiting, due and not paused one by one, whatever limits hold back
  std::int64_t expired_leases = 0;                   ///< active, with a lease that ran out
  std::optional<std::chrono::milliseconds> oldest_ready;  ///< how long the oldest of `ready` has been due
};

/// Thread-safe. Holds a reference to the engine, which must outlive it. Throws what the engine throws.
class Queue {
 public:
  explicit Queue(Engine& engine, QueueOptions options = {}) : engine_(engine), options_(options) {}

  /// Makes or updates the schema. Safe to run twice, and from several processes at once. Throws SchemaError if the database's
  /// schema is newer than this program.
  void migrate(const ExecuteOptions& options = {});

  /// Adds a job, or finds the one that its idempotency key or its coalescing names. One statement, unless the job's name has a
  /// quota. Throws PayloadError if the payload isn't JSON or is too large, QuotaError, and ConfigError for a job that can't be
  /// (no name; a delay and a run_at; a key and coalescing).
  Added add(const NewJob& job, const ExecuteOptions& options = {});

  /// As add(), in a transaction that is open: the job is there if, and once, that commits. `open` is any of libpqxx's transactions
  /// (a `pqxx::work`) on any connection to the queue's database; it must be read committed if the job has a key or its name a
  /// quota. The lock of a quota is held until the transaction ends.
  static Added add(TransactionEngine& open, const NewJob& job, const QueueOptions& queue = {}, const ExecuteOptions& options = {});
  static Added add(pqxx::transaction_base& open, const NewJob& job, const QueueOptions& queue = {});

  /// Adds all of these or, if it throws, none: by COPY where no job has a key or coalesces, else by one INSERT. The answer has the
  /// ids in the order given; empty where a job like it was there already. Throws as add() does; a PayloadError names the place.
  std::vector<std::optional<JobId>> add_batch(const std::vector<NewJob>& jobs, const ExecuteOptions& options = {});

  /// Adds a flow: all of its jobs, or, if it throws, none. The ids are in the order of the tree, each parent before its children. A job with
  /// children is blocked until they have ended. In a transaction of the caller's as add(). Throws as add_batch() does.
  std::vector<JobId> add_flow(const Flow& flow, const ExecuteOptions& options = {});
  static std::vector<JobId> add_flow(TransactionEngine& open, const Flow& flow, const QueueOptions& queue = {},
                                     const ExecuteOptions& options = {});
  static std::vector<JobId> add_flow(pqxx::transaction_base& open, const Flow& flow, const QueueOptions& queue = {});

  /// The children of a job, as they stand, in the order in which they were added.
  [[nodiscard]] std::vector<Job> children(JobId id, const ExecuteOptions& options = {});

  /// At most `most` jobs of this name may wait in this queue; empty: no limit. Holds for every producer from now on, and exactly:
  /// those who add to such a name do it one after the other.
  void set_waiting_quota(std::string_view queue, std::string_view name, std::optional<std::int64_t> most,
                         const ExecuteOptions& options = {});

  /// Gives a name in a queue these limits, or with `{}` none. They hold, exactly, for every claim that begins from now on: claims of such a
  /// name come one after the other, and one that finds another at it leaves the name for its next look. So does the first claim of another
  /// Queue after the first limits were set. Jobs that are active stay so. Workers are notified. A start is counted from when a rate is set. Throws ConfigError for
  /// a number that isn't greater than 0.
  void set_limits(std::string_view queue, std::string_view name, const Limits& limits, const ExecuteOptions& options = {});
  /// As the last claim of this Queue has seen it; true until there has been one.
  [[nodiscard]] bool there_are_limits() const noexcept { return there_are_limits_; }
  /// By queue and name.
  [[nodiscard]] std::vector<NameLimits> limits(const ExecuteOptions& options = {});

  /// Takes up to `limit` due jobs, highest priority first, within their names' limits. Each gets a new epoch and a lease. One statement on
  /// the session lane; never retried: after an error in doubt the leases that may have been opened just run out.
  [[nodiscard]] POOLGUARD_LOCK_PATH std::vector<Job> claim(const ClaimRequest& request, const ExecuteOptions& options = {});

  /// Extends all these leases and returns those that still held, with the wish to cancel that may have come in. One statement on the session lane, never retried:
  /// the next beat is the retry.
  [[nodiscard]] POOLGUARD_LOCK_PATH POOLGUARD_FENCED std::vector<RenewedLease> renew(const std::vector<LeaseKey>& keys,
                                                                                   const LeaseTerms& terms,
                                                                                   const ExecuteOptions& options = {});

  /// Reads which of these leases still hold; changes nothing. On the session lane.
  [[nodiscard]] POOLGUARD_FENCED std::vector<LeaseKey> verify(const std::vector<LeaseKey>& keys, const ExecuteOptions& options = {});

  /// Ends an active job well (NewJob::remove_completed deletes it); `result` is JSON. False: the lease was lost, and nothing was written.
  /// Throws PayloadError.
  [[nodiscard]] POOLGUARD_FENCED bool complete(const LeaseKey& key, const std::optional<std::string>& result = {},
                                               const ExecuteOptions& options = {});

  /// Completes many by one statement, and returns those that it has completed. Of the others the lease was lost, or another statement has
  /// the row at this moment, or the job is one to be deleted (NewJob::remove_completed) or with children that are: ask complete(). If it
  /// throws, none is completed, but where the error is in doubt. Throws PayloadError.
  [[nodiscard]] POOLGUARD_FENCED std::vector<LeaseKey> complete_batch(const std::vector<Completion>& completions,
                                                                      const ExecuteOptions& options = {});

  /// Does what complete_batch() and claim() do, for handlers that go from job to job: one statement on the session lane, never retried, that
  /// waits for no row. Each half does what it can, whatever the other finds: jobs are claimed though a lease was lost. It leaves to
  /// complete() what complete_batch() does, and children, whose parent may have to move on. It does nothing where
  /// there_are_limits(): within limits a claim must see that the jobs have ended. After an error in doubt neither half is known to be
  /// done, and leases that may have been opened just run out. Throws PayloadError.
  [[nodiscard]] POOLGUARD_LOCK_PATH POOLGUARD_FENCED CompletedAndClaimed complete_and_claim(const std::vector<Completion>& completions,
                                                                                          const ClaimRequest& request,
                                                                                          const ExecuteOptions& options = {});

  /// Counts a failure: the job runs again after `delay`, or is dead if its attempts are used up. Empty: the lease was lost.
  [[nodiscard]] POOLGUARD_FENCED std::optional<FailOutcome> fail(const LeaseKey& key, std::string_view error,
                                                                 std::chrono::milliseconds delay, const ExecuteOptions& options = {});

  /// Declares the job dead, whatever attempts are left: the failure is for good. Empty: the lease was lost.
  [[nodiscard]] POOLGUARD_FENCED std::optional<FailOutcome> fail_for_good(const LeaseKey& key, std::string_view error,
                                                                          const ExecuteOptions& options = {});

  /// Stores how far an active job is; `progress` is JSON. False: the lease was lost, and nothing was written. Throws PayloadError.
  [[nodiscard]] POOLGUARD_FENCED bool report_progress(const LeaseKey& key, const std::string& progress,
                                                      const ExecuteOptions& options = {});

  /// Gives a job back without counting a failure; it may run again after `delay`. One that was to be cancelled is cancelled. False:
  /// the lease was lost.
  [[nodiscard]] POOLGUARD_FENCED bool release(const LeaseKey& key, std::string_view reason, std::chrono::milliseconds delay = {},
                                              const ExecuteOptions& options = {});

  /// Puts jobs whose lease ran out more than `grace` ago back in the queue under a new epoch, or declares them dead after
  /// `max_stalls`. Burns no attempt.
  SweepReport sweep_stalled(std::chrono::milliseconds grace, std::int32_t max_stalls, const ExecuteOptions& options = {});

  /// Takes jobs from workers that let a run go on for longer than the job's timeout or deadline, and `grace`: a new epoch, an
  /// attempt counted; past the deadline they are dead.
  SweepReport sweep_overdue(std::chrono::milliseconds grace, const ExecuteOptions& options = {});

  /// Declares waiting jobs dead that did not begin within their waiting TTL, or whose deadline has passed. Returns how many.
  std::size_t sweep_expired(const ExecuteOptions& options = {});

  /// Moves parents on that are blocked without a reason. A child's end, and cancel(), look after the parent themselves, unless the process
  /// dies in between; the other sweeps leave it to this one. Returns how many have moved.
  std::size_t sweep_flows(const ExecuteOptions& options = {});

  /// What the four sweeps above, and Schedules::run_due() with `ahead`, would find, by one statement that only reads.
  [[nodiscard]] SweepsNeeded sweeps_needed(std::chrono::milliseconds grace, std::chrono::milliseconds ahead = {},
                                           const ExecuteOptions& options = {});

  /// In how long the next job of these names is due: 0 or less for now; empty if none waits that could be claimed. What a concurrency limit
  /// holds back is not due, and what a rate does when its window has moved on. One statement that only reads, whatever waits for a
  /// later time.
  [[nodiscard]] std::optional<std::chrono::milliseconds> next_due(std::string_view queue, const std::vector<std::string>& names,
                                                                  const ExecuteOptions& options = {});

  /// Cancels a job that waits or is blocked; asks the handler of one that runs to stop. So it does with all of its children and theirs.
  CancelOutcome cancel(JobId id, const ExecuteOptions& options = {});

  /// Keeps one job from being claimed; a run that is under way goes on. False: it has ended, or there is no such job.
  bool pause(JobId id, const ExecuteOptions& options = {});
  bool resume(JobId id, const ExecuteOptions& options = {});
  /// Keeps the jobs of a name in a queue, or (with "") all of the queue, from being claimed.
  void pause(std::string_view queue, std::string_view name, const ExecuteOptions& options = {});
  void resume(std::string_view queue, std::string_view name, const ExecuteOptions& options = {});
  [[nodiscard]] bool is_paused(std::string_view queue, std::string_view name, const ExecuteOptions& options = {});

  /// Runs a dead or cancelled job again, from its first attempt; lets one that waits run at once. A parent runs after those of its children
  /// that are left; what failed before the retry counts no more. False: it runs, is blocked or completed, or there is no such job. Throws
  /// KeyTakenError.
  bool retry(JobId id, const ExecuteOptions& options = {});

  /// Adds a copy of a dead job, with changes, and leaves the dead one as it is. The copy has no idempotency key, and says whose it
  /// is (`replay_of`). Empty: there is no such job, or it isn't dead. Throws PayloadError.
  std::optional<JobId> replay(JobId id, const ReplayChanges& changes = {}, const ExecuteOptions& options = {});

  /// False: it runs, or there is no such job, or it is part of a flow that has not ended.
  bool remove(JobId id, const ExecuteOptions& options = {});

  /// Deletes jobs that ended long enough ago (children only after their parent has ended), batch by batch, each its own statement.
  /// Returns how many. A stop request ends it between batches or cancels one. Throws ConfigError for a status that isn't an end.
  std::size_t prune(const PruneRequest& request, const ExecuteOptions& options = {});

  [[nodiscard]] std::optional<Job> get(JobId id, const ExecuteOptions& options = {});
  /// Newest first.
  [[nodiscard]] std::vector<Job> list(const ListFilter& filter = {}, const ExecuteOptions& options = {});
  [[nodiscard]] QueueStats stats(const std::optional<std::string>& queue = {}, const ExecuteOptions& options = {});

 private:
  std::size_t settle(std::vector<std::int64_t> parents, const ExecuteOptions& options);
  /// After these ends, whose rows have a `parent_id`, were written.
  void settle_after(const Result& ended, const ExecuteOptions& options) noexcept;

  Engine& engine_;
  const QueueOptions options_;
  std::atomic<bool> there_are_limits_ = true;  ///< the claim within limits costs more
};

}  // namespace poolguard
