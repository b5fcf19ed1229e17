#include "poolguard/schedule.hpp"

#include <fmt/format.h>

#include "poolguard/errors.hpp"
#include "poolguard/queue.hpp"
#include "queue/new_job.hpp"
#include "queue/payload.hpp"
#include "queue/schedule_sql.hpp"
#include "schedule/zone.hpp"

namespace poolguard {
namespace {

using detail::Cron;
using detail::Instant;
using std::chrono::seconds;

/// Workers look more often than this, and ahead: what is later was missed.
constexpr seconds kOnTime{60};

Instant instant(const Result& rows, std::size_t row, std::string_view column) { return Instant(seconds{rows.number(row, column)}); }

std::int64_t count(Instant instant) { return instant.time_since_epoch().count(); }

void check(const NewSchedule& schedule) {
  if (schedule.name.empty()) throw ConfigError("a schedule needs a name. Nothing was written");
  const std::string which = fmt::format("the job of the schedule '{}'", schedule.name);
  detail::check(schedule.job, which, {});
  if (schedule.job.delay != schedule.job.delay.zero() || schedule.job.run_at || !schedule.job.idempotency_key.empty()) {
    throw ConfigError(fmt::format("{}: it has no delay, run_at or idempotency key of its own, since the schedule gives it those. Nothing was "
                                  "written",
                                  which));
  }
}

Schedule read_schedule(const Result& rows, std::size_t row) {
  return {.name = rows.text(row, "name"),
          .cron = rows.text(row, "cron"),
          .time_zone = rows.text(row, "time_zone"),
          .queue = rows.text(row, "queue"),
          .job_name = rows.text(row, "job_name"),
          .payload = rows.text(row, "payload"),
          .missed = rows.text(row, "missed") == to_string(MissedFirings::skip) ? MissedFirings::skip : MissedFirings::once,
          .paused = rows.text(row, "paused") == "t",
          .next_at = rows.text(row, "next_at"),
          .last_at = rows.at(row, "last_at").value_or(std::string())};
}

}  // namespace

std::string_view to_string(MissedFirings missed) noexcept { return missed == MissedFirings::skip ? "skip" : "once"; }

bool Schedules::put(const NewSchedule& schedule, const ExecuteOptions& options) {
  check(schedule);
  const Cron cron = Cron::parse(schedule.cron);
  const Result zone = engine_.execute(sql::kZoneAndNow, {schedule.time_zone}, options);
  if (zone.text(0, "known") != "t") {
    throw ConfigError(fmt::format("the schedule '{}': the server knows no time zone '{}'. Nothing was written; give a name of the tz database, "
                                  "such as Europe/Berlin (SELECT name FROM pg_timezone_names lists them)",
                                  schedule.name, schedule.time_zone));
  }
  const Instant next = detail::next_in_zone(engine_, cron, schedule.time_zone, instant(zone, 0, "now_s"), options);
  const NewJob& job = schedule.job;
  try {
    const Result rows = engine_.execute(sql::kPutSchedule,
                                        {schedule.name,
                                         schedule.cron,
                                         schedule.time_zone,
                                         to_string(schedule.missed),
                                         count(next),
                                         job.queue,
                                         job.name,
                                         job.payload,
                                         job.priority,
                                         job.max_attempts,
                                         detail::or_null(detail::ms_or_none(job.waiting_ttl)),
                                         detail::or_null(detail::ms_or_none(job.lease)),
                                         detail::or_null(detail::ms_or_none(job.timeout)),
                                         detail::or_null(detail::ms_or_none(job.deadline)),
                                         detail::backoff_or_none(job),
                                         job.coalesce,
                                         detail::text_or_null(job.limit_key),
                                         job.remove_completed},
                                        options);
    return rows.number(0, "epoch") == 0;
  } catch (const SqlError& error) {
    detail::rethrow_refusal("the payload", error);
  }
}

std::vector<Schedule> Schedules::list(const ExecuteOptions& options) {
  const Result rows = engine_.execute(sql::kListSchedules, {}, options);
  std::vector<Schedule> schedules;
  schedules.reserve(rows.size());
  for (std::size_t row = 0; row < rows.size(); ++row) schedules.push_back(read_schedule(rows, row));
  return schedules;
}

bool Schedules::remove(std::string_view name, const ExecuteOptions& options) {
  return engine_.execute(sql::kRemoveSchedule, {name}, options).affected_rows() == 1;
}

bool Schedules::pause(std::string_view name, const ExecuteOptions& options) {
  return engine_.execute(sql::kPauseSchedule, {name}, options).affected_rows() == 1;
}

bool Schedules::resume(std::string_view name, const ExecuteOptions& options) {
  for (;;) {
    const Result there = engine_.execute(sql::kReadSchedule, {name}, options);
    if (there.empty()) return false;
    const Instant next = detail::next_in_zone(engine_, Cron::parse(there.text(0, "cron")), there.text(0, "time_zone"),
                                              instant(there, 0, "now_s"), options);
    // Somebody may have changed it since it was read: then it is read again, with the change.
    if (engine_.execute(sql::kResumeSchedule, {name, there.number(0, "epoch"), count(next)}, options).affected_rows() == 1) return true;
  }
}

ScheduleReport Schedules::run_due(std::chrono::milliseconds ahead, const ExecuteOptions& options) {
  constexpr int kAtATime = 100;
  ScheduleReport report;
  std::vector<std::string> broken;
  // With each round every schedule in it has moved on, by us or by another process, or is among the broken.
  for (;;) {
    const Result due = engine_.execute(sql::kDueSchedules, {ahead.count(), array_literal(broken), kAtATime}, options);
    if (due.empty() || options.stop.stop_requested()) return report;
    for (std::size_t row = 0; row < due.size(); ++row) {
      const std::string& name = due.text(row, "name");
      const Instant time = instant(due, row, "next_s"), now = instant(due, row, "now_s");
      const bool add = due.text(row, "missed") != to_string(MissedFirings::skip) || now - time <= kOnTime;
      try {
        const Instant after =
            detail::next_in_zone(engine_, Cron::parse(due.text(row, "cron")), due.text(row, "time_zone"), std::max(time, now), options);
        const Result fired =
            engine_.execute(sql::kFireSchedule, {name, due.number(row, "epoch"), count(time), count(after), add}, options);
        if (fired.empty()) continue;  // another process was first
        if (fired.at(0, "id")) ++report.added;
        else ++report.skipped;
      } catch (const Error& error) {
        if (error.infrastructure()) throw;
        broken.push_back(name);
        report.errors.push_back(fmt::format("the schedule '{}': {}", name, error.what()));
      }
    }
  }
}

}  // namespace poolguard
