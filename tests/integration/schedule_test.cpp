// Periodic jobs.
#include "poolguard/schedule.hpp"

#include <atomic>
#include <exception>
#include <future>
#include <latch>

#include <gmock/gmock.h>

#include "fixtures.hpp"
#include "forwarding_engine.hpp"
#include "poolguard/errors.hpp"
#include "poolguard/worker.hpp"
#include "queue/schedule_sql.hpp"
#include "running_worker.hpp"
#include "schedule/zone.hpp"
#include "support/eventually.hpp"

using namespace poolguard;
using namespace poolguard::test;
using namespace std::chrono_literals;
using detail::Cron;
using detail::Instant;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

namespace {

class ScheduleTest : public QueueOverEveryEngine {
 protected:
  Schedules schedules{engine};

  void put(NewSchedule schedule) {
    if (schedule.job.name.empty()) schedule.job.name = "a";
    schedules.put(schedule);
  }
  /// The next time comes, or came, that long from now: a whole minute, as all are.
  void next_in(const std::string& name, const std::string& interval) {
    engine.execute("UPDATE poolguard_schedules SET next_at = date_trunc('minute', clock_timestamp() + $2::interval) WHERE name = $1",
                   {name, interval});
  }
  bool holds(const std::string& expression, const Params& params = {}, const std::string& from = {}) {
    return engine.execute("SELECT " + expression + " AS holds " + from, params).text(0, "holds") == "t";
  }
  std::int64_t epoch(const std::string& name) {
    return engine.execute("SELECT epoch FROM poolguard_schedules WHERE name = $1", {name}).number(0, "epoch");
  }
  Instant next_in_zone(const char* cron, const char* zone, std::chrono::sys_seconds after) {
    return detail::next_in_zone(engine, Cron::parse(cron), zone, after, {});
  }
  std::vector<Job> claim() { return queue.claim({.worker = "w", .names = {"a"}, .limit = 10, .lease = 60s}); }
};

/// Fails the first look for schedules that are due, which a worker takes at its start.
class FailsAtFirst final : public ForwardingEngine {
 public:
  FailsAtFirst(Engine& inner, std::exception_ptr error) : ForwardingEngine(inner), error_(std::move(error)) {}

  Result execute(std::string_view sql, const Params& params, const ExecuteOptions& options) override {
    if (sql == sql::kDueSchedules && !failed_.exchange(true)) std::rethrow_exception(error_);
    return ForwardingEngine::execute(sql, params, options);
  }

 private:
  const std::exception_ptr error_;
  std::atomic<bool> failed_ = false;
};

Instant utc(int year, int month, int day, int hour = 0, int minute = 0) {
  return std::chrono::sys_days{std::chrono::year{year} / month / day} + std::chrono::hours{hour} + std::chrono::minutes{minute};
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(Ways, ScheduleTest, every_way(), way_name);

TEST_P(ScheduleTest, TheServersZonesSayWhenATimeComes) {
  EXPECT_EQ(next_in_zone("30 2 * * *", "UTC", utc(2024, 3, 10, 12)), utc(2024, 3, 11, 2, 30));
  EXPECT_EQ(next_in_zone("30 2 * * *", "Asia/Kolkata", utc(2024, 3, 10, 12)), utc(2024, 3, 10, 21));
  // Berlin leaves out 2:00 to 3:00 on 2024-03-31, and has it twice on 2024-10-27.
  EXPECT_EQ(next_in_zone("30 2 * * *", "Europe/Berlin", utc(2024, 3, 30, 12)), utc(2024, 3, 31, 1));
  EXPECT_EQ(next_in_zone("30 2 * * *", "Europe/Berlin", utc(2024, 10, 26, 12)), utc(2024, 10, 27, 0, 30));
  EXPECT_EQ(next_in_zone("30 2 * * *", "Europe/Berlin", utc(2024, 10, 27, 0, 30)), utc(2024, 10, 28, 1, 30));
  EXPECT_EQ(next_in_zone("30 2 * * *", "Europe/Berlin", utc(2024, 10, 27, 1, 15)), utc(2024, 10, 28, 1, 30));
  EXPECT_EQ(next_in_zone("*/30 2 * * *", "Europe/Berlin", utc(2024, 10, 27, 0, 30)), utc(2024, 10, 27, 1));
  EXPECT_EQ(next_in_zone("*/30 2 * * *", "Europe/Berlin", utc(2024, 3, 30, 12)), utc(2024, 4, 1));
  // Havana's clock goes from midnight to 1:00, Lord Howe's by half an hour, Apia left out all of 2011-12-30.
  EXPECT_EQ(next_in_zone("@daily", "America/Havana", utc(2024, 3, 9, 12)), utc(2024, 3, 10, 5));
  EXPECT_EQ(next_in_zone("15 2 * * *", "Australia/Lord_Howe", utc(2024, 10, 5, 12)), utc(2024, 10, 5, 15, 30));
  EXPECT_EQ(next_in_zone("0 12 30 12 *", "Pacific/Apia", utc(2011, 12, 29)), utc(2011, 12, 30, 10));
  EXPECT_EQ(next_in_zone("0 12 29 2 *", "Europe/Berlin", utc(2024, 3, 1)), utc(2028, 2, 29, 11));
}

TEST_P(ScheduleTest, WhatCannotBeIsRefusedAndNothingIsWritten) {
  const auto refused = [this](NewSchedule schedule, const char* why) {
    try {
      put(std::move(schedule));
      FAIL() << why;
    } catch (const ConfigError& error) {
      EXPECT_THAT(error.what(), HasSubstr(why));
    }
  };
  refused({.name = "", .cron = "@daily"}, "needs a name");
  refused({.name = "s", .cron = "* 25 * * *"}, "hour '25'");
  refused({.name = "s", .cron = "@daily", .time_zone = "Europe/Atlantis"}, "Europe/Atlantis");
  refused({.name = "s", .cron = "@daily", .time_zone = "CET-3"}, "time zone 'CET-3'");
  refused({.name = "s", .cron = "@daily", .job = {.name = "a", .delay = 1s}}, "run_at or idempotency key");
  refused({.name = "s", .cron = "@daily", .job = {.name = "a", .idempotency_key = "k"}}, "run_at or idempotency key");
  refused({.name = "s", .cron = "@daily", .job = {.name = "a", .max_attempts = 0}}, "max_attempts");
  EXPECT_THROW(put({.name = "s", .cron = "@daily", .job = {.name = "a", .payload = "nope"}}), PayloadError);
  EXPECT_THROW(put({.name = "s", .cron = "@daily", .job = {.name = "a", .payload = R"("\u0000")"}}), PayloadError);
  EXPECT_THAT(schedules.list(), IsEmpty());
}

TEST_P(ScheduleTest, ADueScheduleAddsItsJobAndMovesOn) {
  put({.name = "nightly", .cron = "0 3 * * *", .time_zone = "Europe/Berlin",
       .job = {.name = "a", .payload = R"({"k": 1})", .priority = 4, .max_attempts = 7, .waiting_ttl = 1h, .lease = 40s, .timeout = 20s,
               .deadline = 2h, .backoff = Backoff{.initial = 9s}}});
  EXPECT_EQ(schedules.run_due().added, 0U) << "its time has not come";
  next_in("nightly", "-10 minutes");
  const std::string due = schedules.list().at(0).next_at;
  EXPECT_EQ(schedules.run_due().added, 1U);
  const Schedule moved = schedules.list().at(0);
  EXPECT_EQ(moved.last_at, due);
  EXPECT_TRUE(holds("$1::timestamptz > clock_timestamp() AND to_char($1::timestamptz AT TIME ZONE 'Europe/Berlin', 'HH24:MI') = '03:00'",
                    {moved.next_at}));
  const Job job = claim().at(0);
  EXPECT_EQ(job.run_at, due);
  EXPECT_EQ(job.payload, R"({"k": 1})");
  EXPECT_EQ(job.priority, 4);
  EXPECT_EQ(job.max_attempts, 7);
  EXPECT_EQ(job.lease, 40s);
  EXPECT_EQ(job.timeout, 20s);
  EXPECT_EQ(job.backoff.value().initial, 9s);
  EXPECT_TRUE(holds("end_by > clock_timestamp() + interval '1 h'", {}, "FROM poolguard_jobs"));
  EXPECT_EQ(schedules.run_due().added, 0U) << "once";
}

TEST_P(ScheduleTest, ManyAtOnceAddOneJob) {
  constexpr int kRounds = 10, kAtOnce = 6;
  put({.name = "s", .cron = "@yearly"});
  for (int round = 1; round <= kRounds; ++round) {
    next_in("s", "-" + std::to_string(kRounds + 1 - round) + " minutes");  // later each round, also if a minute passes meanwhile
    std::latch together(kAtOnce);
    std::vector<std::future<std::size_t>> runs;
    for (int i = 0; i < kAtOnce; ++i) {
      runs.push_back(std::async(std::launch::async, [&] {
        together.arrive_and_wait();
        return Schedules(engine).run_due().added;
      }));
    }
    std::size_t added = 0;
    for (auto& run : runs) added += run.get();
    EXPECT_EQ(added, 1U);
    EXPECT_THAT(queue.list(), SizeIs(static_cast<std::size_t>(round)));
  }
}

TEST_P(ScheduleTest, AFiringOfAnEpochThatIsPastWritesNothing) {
  put({.name = "s", .cron = "@daily"});
  const Params stale{"s", epoch("s"), 60, 120, true};
  put({.name = "s", .cron = "@hourly"});
  EXPECT_THAT(engine.execute(sql::kFireSchedule, stale).rows(), IsEmpty());
  const Params fresh{"s", epoch("s"), 60, 120, true};
  EXPECT_THAT(engine.execute(sql::kFireSchedule, fresh).rows(), SizeIs(1));
  EXPECT_THAT(engine.execute(sql::kFireSchedule, fresh).rows(), IsEmpty());
  EXPECT_THAT(queue.list(), SizeIs(1));
  EXPECT_EQ(queue.list().at(0).queue, "default");
}

TEST_P(ScheduleTest, MissedTimesAreOneJobOrNone) {
  put({.name = "once", .cron = "@hourly"});
  put({.name = "skip", .cron = "@hourly", .missed = MissedFirings::skip});
  for (const char* name : {"once", "skip"}) next_in(name, "-1 day");
  const ScheduleReport report = schedules.run_due();
  EXPECT_EQ(report.added, 1U);
  EXPECT_EQ(report.skipped, 1U);
  EXPECT_THAT(queue.list(), SizeIs(1));
  for (const Schedule& schedule : schedules.list()) EXPECT_TRUE(holds("$1::timestamptz > clock_timestamp()", {schedule.next_at}));
  schedules.remove("once");
  next_in("skip", "20 seconds");
  EXPECT_EQ(schedules.run_due(20s).added, 1U) << "what is less than a minute late was not missed";
}

TEST_P(ScheduleTest, AJobThatIsAddedAheadIsNotClaimedBeforeItsTime) {
  put({.name = "s", .cron = "0 0 1 1 *"});
  next_in("s", "10 minutes");
  EXPECT_EQ(schedules.run_due().added, 0U);
  EXPECT_EQ(schedules.run_due(5min).added, 0U);
  EXPECT_EQ(schedules.run_due(15min).added, 1U);
  EXPECT_THAT(claim(), IsEmpty());
  EXPECT_TRUE(holds("run_at > clock_timestamp() + interval '8 minutes'", {}, "FROM poolguard_jobs"));
}

TEST_P(ScheduleTest, AheadBySeveralTimesAddsThemAll) {
  put({.name = "s", .cron = "* * * * *"});
  const std::size_t added = schedules.run_due(5min).added;
  EXPECT_THAT(added, testing::AnyOf(5U, 6U)) << "6 if a minute has passed meanwhile";
  EXPECT_TRUE(holds("count(DISTINCT run_at) = $1::bigint", {added}, "FROM poolguard_jobs"));
}

TEST_P(ScheduleTest, OneThatCoalescesAddsNoneWhileItsJobHasNotBegun) {
  put({.name = "s", .cron = "@yearly", .job = {.name = "a", .coalesce = true}});
  next_in("s", "-5 minutes");
  EXPECT_EQ(schedules.run_due().added, 1U);
  next_in("s", "-4 minutes");
  EXPECT_EQ(schedules.run_due().skipped, 1U);
  EXPECT_THAT(claim(), SizeIs(1));
  next_in("s", "-3 minutes");
  EXPECT_EQ(schedules.run_due().added, 1U) << "the one before runs by now";
}

TEST_P(ScheduleTest, WhatPassesDuringAPauseIsNotMissed) {
  put({.name = "s", .cron = "@daily"});
  EXPECT_TRUE(schedules.pause("s"));
  next_in("s", "-1 day");
  EXPECT_EQ(schedules.run_due().added, 0U);
  EXPECT_TRUE(schedules.list().at(0).paused);
  EXPECT_TRUE(schedules.resume("s"));
  EXPECT_FALSE(schedules.list().at(0).paused);
  EXPECT_EQ(schedules.run_due().added, 0U);
  EXPECT_TRUE(holds("$1::timestamptz > clock_timestamp()", {schedules.list().at(0).next_at}));
  next_in("s", "-1 day");
  EXPECT_TRUE(schedules.resume("s")) << "of one that isn't paused";
  EXPECT_EQ(schedules.run_due().added, 1U) << "changes nothing";
  EXPECT_FALSE(schedules.pause("t"));
  EXPECT_FALSE(schedules.resume("t"));
}

TEST_P(ScheduleTest, PutKeepsTheNextTimeUnlessItsRuleChanges) {
  EXPECT_TRUE(schedules.put({.name = "s", .cron = "@daily", .job = {.name = "a"}}));
  next_in("s", "-1 hour");
  const std::string due = schedules.list().at(0).next_at;
  EXPECT_FALSE(schedules.put({.name = "s", .cron = "@daily", .job = {.name = "b"}}));
  EXPECT_EQ(schedules.list().at(0).next_at, due) << "a restart of a service must not lose what was missed";
  EXPECT_EQ(schedules.list().at(0).job_name, "b");
  EXPECT_FALSE(schedules.put({.name = "s", .cron = "@daily", .time_zone = "Asia/Tokyo", .job = {.name = "b"}}));
  EXPECT_NE(schedules.list().at(0).next_at, due);
}

TEST_P(ScheduleTest, OneThatCannotBeHoldsUpNoOther) {
  put({.name = "broken", .cron = "@daily"});
  put({.name = "good", .cron = "@daily"});
  for (const char* name : {"broken", "good"}) next_in(name, "-5 minutes");
  engine.execute("UPDATE poolguard_schedules SET time_zone = 'Gone/Zone' WHERE name = 'broken'");
  const ScheduleReport report = schedules.run_due();
  EXPECT_EQ(report.added, 1U);
  EXPECT_THAT(report.errors, ElementsAre(testing::AllOf(HasSubstr("'broken'"), HasSubstr("Gone/Zone"))));
}

TEST_P(ScheduleTest, ARemovedScheduleLeavesItsJobs) {
  put({.name = "s", .cron = "@daily"});
  next_in("s", "-5 minutes");
  schedules.run_due();
  EXPECT_TRUE(schedules.remove("s"));
  EXPECT_FALSE(schedules.remove("s"));
  EXPECT_THAT(schedules.list(), IsEmpty());
  EXPECT_THAT(queue.list(), SizeIs(1));
}

TEST_P(ScheduleTest, WorkersRunThem) {
  put({.name = "missed", .cron = "@yearly", .job = {.name = "a", .payload = "1"}});
  next_in("missed", "-1 day");
  WorkerOptions options;
  options.poll_most = 20ms;
  options.poll_least = 5ms;
  options.sweep_interval = 50ms;
  options.events = {};
  std::stop_source stop;
  std::vector<std::future<WorkerReport>> workers;
  for (int i = 0; i < 2; ++i) {
    workers.push_back(std::async(std::launch::async, [&] {
      Worker worker(engine, options);
      worker.handle("a", [](const JobContext&) { return std::optional<std::string>(); });
      return worker.run(stop.get_token());
    }));
  }
  const auto completed = [&] { return queue.stats().by_status.at(JobStatus::completed); };
  EXPECT_TRUE(eventually(60s, [&] { return completed() == 1; })) << "what was missed before they began";
  put({.name = "due", .cron = "@yearly", .job = {.name = "a", .payload = "2"}});
  next_in("due", "-1 minute");
  EXPECT_TRUE(eventually(60s, [&] { return completed() == 2; })) << "and what comes while they run";
  stop.request_stop();
  std::uint64_t run = 0;
  for (auto& worker : workers) run += worker.get().completed;
  EXPECT_EQ(run, 2U);
}

TEST_P(ScheduleTest, ATroubleThatPassesAtTheStartEndsNoWorker) {
  const std::vector<std::exception_ptr> troubles{
      std::make_exception_ptr(StatementTimeoutError("the statement took too long", 5s, true)),
      std::make_exception_ptr(PoolTimeoutError("no connection came free")),
      std::make_exception_ptr(ConnectionError("the connection is lost")),
      std::make_exception_ptr(SqlError("the server goes down", "57P01", "SELECT")),
      std::make_exception_ptr(SqlError("the server's own limit ended the statement", "57014", "SELECT")),
  };
  for (const std::exception_ptr& trouble : troubles) {
    const auto before = queue.stats().by_status.at(JobStatus::completed);
    const std::string name = std::to_string(before);
    put({.name = name, .cron = "@yearly", .job = {.name = "a"}});
    next_in(name, "-1 day");
    Log log;
    FailsAtFirst troubled(engine, trouble);
    WorkerOptions options;
    options.poll_most = 20ms;
    options.poll_least = 5ms;
    options.sweep_interval = 100ms;
    options.events = log.sink();
    Worker worker(troubled, options);
    worker.handle("a", kNoop);
    Running running(worker);
    EXPECT_TRUE(eventually(60s, [&] { return worker.report().completed == 1 || worker.health().state == WorkerState::ended; }));
    EXPECT_EQ(worker.health().state, WorkerState::working);
    EXPECT_NO_THROW(running.stop());
    EXPECT_GE(log.count("timer.failed"), 1U);
    EXPECT_EQ(worker.report().completed, 1U) << "a sweep makes up for it";
  }
}

TEST_P(ScheduleTest, ATroubleThatStaysEndsAWorkerAtTheStart) {
  FailsAtFirst troubled(engine, std::make_exception_ptr(SqlError("may not read it", "42501", "SELECT")));
  WorkerOptions options;
  options.sweep_interval = 1h;
  options.events = {};
  Worker worker(troubled, options);
  worker.handle("a", kNoop);
  EXPECT_THROW(worker.run({}), SqlError);
}
