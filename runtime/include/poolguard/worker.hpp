/// Runs jobs.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "poolguard/engine.hpp"
#include "poolguard/errors.hpp"
#include "poolguard/events.hpp"
#include "poolguard/job.hpp"

namespace poolguard {

/// A handler throws it when it stops early because it was asked to: the job goes back to the queue and no attempt is counted.
class JobInterrupted : public Error {
 public:
  JobInterrupted() : Error("the handler stopped because it was asked to") {}
};

/// A handler throws it for a failure that trying again can't mend: the job is dead, whatever attempts are left.
class UnrecoverableError : public Error {
 public:
  using Error::Error;
};

/// What a handler gets. Valid during the call.
struct JobContext {
  const Job& job;
  /// Asked to stop: the lease was lost (somebody else may run the job), the job was cancelled, its time is over, or the worker has
  /// to end.
  std::stop_token stop;
  /// Stores how far the job is (JSON), where everybody can read it. One statement, fenced. Throws PayloadError; JobInterrupted if the
  /// lease was lost; what the engine throws.
  std::function<void(std::string_view)> report_progress;

  /// What has become of the job's children, in the order in which they were added; of a job without, none. One statement. Throws what
  /// the engine throws.
  std::function<std::vector<ChildResult>()> children;

  void throw_if_stopped() const {
    if (stop.stop_requested()) throw JobInterrupted();
  }
};

/// Runs a job; returns its result as JSON, or nothing. Runs on several threads at once.
///  - returns: the job is completed;
///  - throws an Error that is infrastructure(), or anything after a stop request: back to the queue, no attempt counted (after a
///    cancel: cancelled; after its timeout: an attempt is counted);
///  - throws UnrecoverableError: dead;
///  - throws anything else: an attempt is counted, and the job runs again after the back-off or is dead.
using Handler = std::function<std::optional<std::string>(const JobContext&)>;

struct WorkerOptions {
  std::string id;                                  ///< shown in locked_by; empty: host:pid:random
  std::string queue = "default";
  std::size_t concurrency = 4;                     ///< handler threads
  /// For short jobs, up to 1000: so many are claimed by one statement, ahead of the handlers, and those that have ended well meanwhile are
  /// completed by one too. A claimed job that waits for a handler (up to twice as many do) holds its lease, is not to be had by other
  /// workers, and uses up its timeout. 1: a worker claims for free handlers only, and a handler's next job comes with the statement that
  /// writes its last one's end, or after it.
  std::size_t batch = 1;
  std::chrono::milliseconds lease{30000};
  std::chrono::milliseconds renew_interval{10000}; ///< one beat for all leases
  std::chrono::milliseconds renew_timeout{5000};   ///< a beat that takes longer is cancelled
  std::chrono::milliseconds call_timeout{5000};    ///< of every other statement
  /// Listen for new jobs (NOTIFY) on a session of its own, where the engine has one; else, and while it is lost, the worker looks for
  /// them by itself. A job with a delay starts on time either way.
  bool listen = true;
  std::chrono::milliseconds listen_poll{30000};    ///< between two looks at an empty queue while it listens
  std::chrono::milliseconds wake_debounce{5};      ///< notifications that come within this time after a claim lead to one
  std::chrono::milliseconds poll_least{100};       ///< between two looks at an empty queue without a listener …
  std::chrono::milliseconds poll_most{8000};       ///< … doubling up to this. With the sweeps: one query in 5 s
  std::chrono::milliseconds sweep_interval{15000};
  /// For so long a job may be due with a handler free and nothing claimed: then the worker is wedged, which is an event
  /// (`worker.wedged`, or `worker.cut_off` if the database can't even be asked; `worker.recovered` afterwards), shows in health(),
  /// and changes nothing else. What limits hold back is not due. 0: never.
  std::chrono::milliseconds wedge_after{60000};
  std::chrono::milliseconds stalled_grace{5000};   ///< after a lease's end, before another worker may have the job
  std::int32_t max_stalls = 5;
  Backoff backoff;
  std::chrono::milliseconds drain_deadline{30000}; ///< for running handlers once the worker is told to stop
  std::chrono::milliseconds stop_grace{5000};      ///< then they are asked to stop, and have this long
  /// Called if handlers ignore even that (with how many): the last chance to end the process, since a thread can't be ended.
  /// Unset: run() waits for them, and renews their leases meanwhile so that nobody else runs their jobs at the same time.
  std::function<void(std::size_t)> on_stuck;
  bool until_empty = false;                        ///< end when nothing can be claimed and nothing runs
  EventSink events = stderr_sink();

  /// Throws ConfigError if the numbers can't work: renew_interval + renew_timeout must be less than lease, and so on.
  void check() const;

  /// The least that a lease must be for the beats to keep it, with room for one that fails. A job's own lease that is shorter is
  /// lengthened to this.
  [[nodiscard]] std::chrono::milliseconds shortest_lease() const noexcept;
};

enum class WorkerState {
  idle,     ///< run() was not called yet
  working,  ///< there is nothing to do, or it does it
  wedged,   ///< a job that it could run has been due for long, a handler is free, and nothing was claimed
  cut_off,  ///< nothing was claimed for long, and the database can't be asked whether there is work
  ended,
};

[[nodiscard]] std::string_view to_string(WorkerState state) noexcept;

struct WorkerHealth {
  WorkerState state = WorkerState::idle;
  std::string reason = {};  ///< if wedged or cut off: what is known of it, for a human
  [[nodiscard]] bool ok() const noexcept { return state != WorkerState::wedged && state != WorkerState::cut_off; }
};

/// What a run did.
struct WorkerReport {
  std::uint64_t claimed = 0;
  std::uint64_t completed = 0;
  std::uint64_t failed = 0;      ///< attempts counted
  std::uint64_t released = 0;    ///< given back, nothing counted
  std::uint64_t cancelled = 0;   ///< while they ran
  std::uint64_t lost = 0;        ///< leases lost while the handler ran
  std::uint64_t beats = 0;       ///< renewals that landed
  std::uint64_t beats_failed = 0;
  std::uint64_t claims = 0;         ///< statements that claim, whatever they gave
  std::uint64_t notifications = 0;  ///< of new jobs
  bool listening = false;           ///< now
  std::size_t running = 0;          ///< jobs, now
};

/// N handler threads, a claim loop that is notified of new jobs (or polls with back-off), one renewal for all leases, a sweep that
/// looks after stalled jobs and runs the schedules (schedule.hpp) of every queue. Exceptions never leave a thread.
class Worker {
 public:
  /// `engine` must outlive the worker. Throws ConfigError.
  Worker(Engine& engine, WorkerOptions options);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Before run(). Throws ConfigError if the name has a handler.
  void handle(const std::string& name, Handler handler);

  /// Works until `stop` is requested (or the queue is empty, if so told), then drains: claims nothing more, lets handlers finish
  /// until the deadline, then asks them to stop. Once per worker. Throws LaneUnavailableError if the session lane can't be had
  /// and SqlError if the schema isn't there; it drains before it throws. With the session lane there, what passes (a timeout, a lost
  /// connection) ends no worker: it is an event, and what failed is tried again.
  WorkerReport run(const std::stop_token& stop);

  /// A snapshot, from any thread.
  [[nodiscard]] WorkerReport report() const;
  /// From any thread; asks nobody.
  [[nodiscard]] WorkerHealth health() const;
  [[nodiscard]] const std::string& id() const noexcept;
  [[nodiscard]] const WorkerOptions& options() const noexcept;

 private:
  class Run;
  std::unique_ptr<Run> run_;
};

}  // namespace poolguard
