/// Periodic jobs: a cron expression, a time zone, and the job that is added at each of its times.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "poolguard/engine.hpp"
#include "poolguard/job.hpp"

namespace poolguard {

/// What becomes of times that came and went while no worker was there.
enum class MissedFirings {
  once,  ///< one job for all of them, as soon as a worker is there
  skip,  ///< none: the next job is that of the next time. A firing that is less than a minute late is not missed
};

[[nodiscard]] std::string_view to_string(MissedFirings missed) noexcept;

struct NewSchedule {
  std::string name;              ///< there is one of this name
  /// `minute hour day-of-month month day-of-week`, as crontab(5) has them (docs/runtime/periodic-jobs.md), or `@daily` and the like.
  std::string cron;
  std::string time_zone = "UTC";  ///< a name of the server's tz database, such as Europe/Berlin
  /// Added each time. It has no delay, run_at or idempotency key: those are the schedule's. With `coalesce` none is added while the one
  /// before hasn't begun.
  NewJob job = {};
  MissedFirings missed = MissedFirings::once;
};

/// A schedule as it stands in the database.
struct Schedule {
  std::string name;
  std::string cron;
  std::string time_zone;
  std::string queue;
  std::string job_name;
  std::string payload;   ///< JSON
  MissedFirings missed = MissedFirings::once;
  bool paused = false;
  std::string next_at;   ///< ISO 8601 with offset, like the next one
  std::string last_at;   ///< the time of the last job that was added, or ""
};

struct ScheduleReport {
  std::size_t added = 0;    ///< jobs
  std::size_t skipped = 0;  ///< missed, or coalesced with one that waits: nothing was added
  std::vector<std::string> errors;  ///< schedules that can't be: their time zone is gone, say. They hold up no other
};

/// Thread-safe. Holds a reference to the engine, which must outlive it. Throws what the engine throws. Needs the queue's schema
/// (Queue::migrate()).
class Schedules {
 public:
  explicit Schedules(Engine& engine) : engine_(engine) {}

  /// Adds the schedule, or gives the one of that name this job, expression, zone and policy: a service may say it at every start. The
  /// next time of one that is there changes only with its expression or zone. True: it is new. Throws ConfigError that names the field of
  /// the expression, the time zone, or what else can't be; PayloadError.
  bool put(const NewSchedule& schedule, const ExecuteOptions& options = {});

  /// By name.
  [[nodiscard]] std::vector<Schedule> list(const ExecuteOptions& options = {});

  /// Jobs that it has added stay. False: there is none of this name, as for the next two.
  bool remove(std::string_view name, const ExecuteOptions& options = {});
  /// None of its jobs is added until it is resumed. What would have come meanwhile was not missed.
  bool pause(std::string_view name, const ExecuteOptions& options = {});
  bool resume(std::string_view name, const ExecuteOptions& options = {});

  /// Adds the jobs of all schedules whose time has come, or comes within `ahead`: a job that is added ahead can't be claimed before its
  /// time. Workers do this with their sweeps. However many do, a time's job is added once: the schedule moves on and the job is added in one
  /// statement, which matches the schedule's epoch.
  ScheduleReport run_due(std::chrono::milliseconds ahead = {}, const ExecuteOptions& options = {});

 private:
  Engine& engine_;
};

}  // namespace poolguard
