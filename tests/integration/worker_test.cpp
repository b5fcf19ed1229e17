#include "poolguard/worker.hpp"
#include "running_worker.hpp"

#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>
#include <stdexcept>

#include <gmock/gmock.h>

#include "fixtures.hpp"
#include "forwarding_engine.hpp"
#include "poolguard/errors.hpp"
#include "poolguard/queue.hpp"
#include "queue/sql.hpp"
#include "support/eventually.hpp"

using namespace poolguard;
using namespace poolguard::test;
using namespace std::chrono_literals;
using testing::HasSubstr;

namespace {

WorkerOptions fast() {
  WorkerOptions options;
  options.concurrency = 3;
  options.lease = 60s;  // no stall of the machine ends it
  options.renew_interval = 100ms;
  options.renew_timeout = 5s;
  options.call_timeout = 10s;
  options.listen_poll = 20ms;  // some of these tests change rows behind the queue's back, and nobody is notified
  options.poll_least = 5ms;
  options.poll_most = 20ms;
  options.sweep_interval = 50ms;
  options.stalled_grace = 0ms;
  options.backoff = {.initial = 1ms, .factor = 1.0, .most = 1ms, .jitter = 0.0};
  options.drain_deadline = 20s;
  options.stop_grace = 20s;
  options.events = {};
  return options;
}

/// A handler waits here until the test lets it go on, or its stop token asks it to end.
class Gate {
 public:
  void wait(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, stop, [this] { return open_; });
    --waiting_;
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  int waiting() {
    const std::lock_guard lock(mutex_);
    return waiting_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  int waiting_ = 0;
  bool open_ = false;
};

/// Lets something happen between a claim that found nothing and the worker's hearing of it.
class AfterEmptyClaims final : public ForwardingEngine {
 public:
  AfterEmptyClaims(Engine& inner, std::function<void()> meanwhile) : ForwardingEngine(inner), meanwhile_(std::move(meanwhile)) {}

  Result execute_direct(std::string_view sql, const Params& params, const ExecuteOptions& options) override {
    Result rows = ForwardingEngine::execute_direct(sql, params, options);
    if (sql == sql::kClaim && !rows.at(0, "id")) meanwhile_();
    return rows;
  }

 private:
  const std::function<void()> meanwhile_;
};

class WorkerTest : public QueueOverEveryEngine {
 protected:
  bool reaches(JobId id, JobStatus status) {
    return eventually(20s, [&] { return queue.get(id)->status == status; });
  }
  /// Runs ten jobs of which one has a result that Postgres doesn't take as jsonb, until the queue is empty.
  WorkerReport run_with_a_result_that_cannot_be_stored(WorkerOptions options) {
    options.until_empty = true;
    for (int i = 0; i < 10; ++i) queue.add({.name = "a", .payload = i == 4 ? "true" : "false", .max_attempts = 1});
    Worker worker(engine, std::move(options));
    worker.handle("a", [](const JobContext& context) -> std::optional<std::string> {
      return context.job.payload == "true" ? R"("\u0000")" : "1";
    });
    return worker.run({});
  }
};

}  // namespace

INSTANTIATE_TEST_SUITE_P(Ways, WorkerTest, every_way(), way_name);

TEST_P(WorkerTest, RunsEveryJobOnce) {
  constexpr int kJobs = 40;
  for (int i = 0; i < kJobs; ++i) queue.add({.name = "count"});
  std::atomic<int> runs = 0;
  WorkerOptions options = fast();
  options.until_empty = true;
  Worker worker(engine, options);
  worker.handle("count", [&](const JobContext& context) {
    ++runs;
    return std::optional("{\"id\": " + std::to_string(context.job.id) + "}");
  });
  const WorkerReport report = worker.run({});
  EXPECT_EQ(runs, kJobs);
  EXPECT_EQ(report.claimed, static_cast<std::uint64_t>(kJobs));
  EXPECT_EQ(report.completed, static_cast<std::uint64_t>(kJobs));
  EXPECT_EQ(queue.stats().by_status.at(JobStatus::completed), kJobs);
}

TEST_P(WorkerTest, TheQueueIsNotEmptyIfAJobEndedDuringTheClaimThatFoundNothing) {
  queue.add({.name = "first", .remove_completed = true});  // the end of such a job claims none
  WorkerOptions options = fast();
  options.until_empty = true;
  Gate gate;
  const Worker* running = nullptr;
  AfterEmptyClaims slow(engine, [&] {
    gate.open();
    EXPECT_TRUE(eventually(20s, [&] { return running->report().completed > 0 && running->report().running == 0; }));
  });
  Worker worker(slow, options);
  running = &worker;
  worker.handle("first", [&](const JobContext& context) {
    gate.wait(context.stop);
    queue.add({.name = "second"});
    return std::optional<std::string>();
  });
  worker.handle("second", [](const JobContext&) { return std::optional<std::string>(); });
  EXPECT_EQ(worker.run({}).completed, 2U);
}

TEST_P(WorkerTest, ALongJobKeepsItsLeaseByItsRenewals) {
  const JobId id = queue.add({.name = "long"});
  WorkerOptions options = fast();
  options.lease = 5s;
  options.renew_timeout = 1s;
  Gate gate;
  Worker worker(engine, options);
  worker.handle("long", [&](const JobContext& context) {
    gate.wait(context.stop);
    return std::optional<std::string>();
  });
  Running running(worker);
  ASSERT_TRUE(eventually(20s, [&] { return gate.waiting() == 1; }));
  const auto until = std::chrono::steady_clock::now() + options.lease;  // the lease of the claim is over by then
  ASSERT_TRUE(eventually(60s, [&] { return std::chrono::steady_clock::now() > until && worker.report().beats >= 5; }));
  EXPECT_EQ(queue.get(id)->lock_epoch, 1) << "nobody else may have had it";
  gate.open();
  EXPECT_TRUE(reaches(id, JobStatus::completed));
  const WorkerReport report = running.stop();
  EXPECT_EQ(report.lost, 0U);
}

TEST_P(WorkerTest, AFailureCountsAnAttemptUntilTheJobIsDead) {
  const JobId id = queue.add({.name = "bad", .max_attempts = 3});
  const JobId odd = queue.add({.name = "odd", .max_attempts = 1});
  Worker worker(engine, fast());
  worker.handle("bad", [](const JobContext&) -> std::optional<std::string> { throw std::runtime_error("it broke"); });
  worker.handle("odd", [](const JobContext&) -> std::optional<std::string> { throw 42; });
  Running running(worker);
  EXPECT_TRUE(reaches(id, JobStatus::dead));
  EXPECT_TRUE(reaches(odd, JobStatus::dead));
  EXPECT_EQ(queue.get(id)->attempts, 3);
  EXPECT_EQ(queue.get(id)->last_error, "it broke");
}

TEST_P(WorkerTest, AnInfrastructureFailureBurnsNoAttempt) {
  const JobId id = queue.add({.name = "db", .max_attempts = 1});
  Worker worker(engine, fast());
  worker.handle("db", [](const JobContext&) -> std::optional<std::string> { throw ConnectionError("gone"); });
  Running running(worker);
  EXPECT_TRUE(eventually(20s, [&] { return queue.get(id)->last_error == "gone"; }));
  running.stop();  // or the job may be active again by now
  const auto job = queue.get(id);
  EXPECT_EQ(job->attempts, 0);
  EXPECT_EQ(job->status, JobStatus::waiting);
}

TEST_P(WorkerTest, AResultThatIsNotJsonIsAFailure) {
  const JobId id = queue.add({.name = "bad", .max_attempts = 1});
  Worker worker(engine, fast());
  worker.handle("bad", [](const JobContext&) { return std::optional<std::string>("nope"); });
  Running running(worker);
  EXPECT_TRUE(reaches(id, JobStatus::dead));
  EXPECT_THAT(queue.get(id)->last_error, HasSubstr("JSON"));
}

TEST_P(WorkerTest, AJobThatWasTakenOverIsToldToStopAndWritesNothing) {
  const JobId id = queue.add({.name = "long"});
  Gate gate;
  std::atomic<int> stopped = 0;
  Worker worker(engine, fast());
  worker.handle("long", [&](const JobContext& context) {
    if (context.job.lock_epoch > 1) return std::optional<std::string>("\"second\"");
    gate.wait(context.stop);
    if (context.stop.stop_requested()) ++stopped;
    return std::optional<std::string>("\"first\"");
  });
  Running running(worker);
  ASSERT_TRUE(eventually(20s, [&] { return gate.waiting() == 1; }));
  // Somebody else's sweep and claim, as after a stall.
  engine.execute("UPDATE poolguard_jobs SET status = 'waiting', lock_epoch = lock_epoch + 1, lock_until = NULL, locked_by = NULL "
                 "WHERE id = $1::bigint",
                 {id});
  EXPECT_TRUE(eventually(20s, [&] { return stopped == 1; }));
  EXPECT_TRUE(reaches(id, JobStatus::completed));
  EXPECT_EQ(queue.get(id)->result, "\"second\"");
  EXPECT_EQ(running.stop().lost, 1U);
}

TEST_P(WorkerTest, TheSweepPutsJobsOfADeadWorkerBack) {
  const JobId id = queue.add({.name = "orphan"});
  ASSERT_EQ(queue.claim({.worker = "dead", .names = {"orphan"}, .lease = 1ms}).size(), 1U);
  Worker worker(engine, fast());
  worker.handle("orphan", kNoop);
  Running running(worker);
  EXPECT_TRUE(reaches(id, JobStatus::completed));
  EXPECT_EQ(queue.get(id)->stalls, 1);
  EXPECT_EQ(queue.get(id)->attempts, 0);
}

TEST_P(WorkerTest, ADrainLetsRunningJobsFinishAndClaimsNoMore) {
  const JobId running_job = queue.add({.name = "slow"});
  Gate gate;
  Worker worker(engine, fast());
  worker.handle("slow", [&](const JobContext& context) {
    gate.wait(context.stop);
    context.throw_if_stopped();
    return std::optional<std::string>();
  });
  Running running(worker);
  ASSERT_TRUE(eventually(20s, [&] { return gate.waiting() == 1; }));
  running.ask_to_stop();
  const JobId later = queue.add({.name = "slow"});
  gate.open();
  const WorkerReport report = running.stop();
  EXPECT_EQ(report.completed, 1U);
  EXPECT_EQ(queue.get(running_job)->status, JobStatus::completed);
  EXPECT_EQ(queue.get(later)->status, JobStatus::waiting);
}

TEST_P(WorkerTest, AfterTheDeadlineADrainAsksHandlersToStopAndGivesTheirJobsBack) {
  const JobId id = queue.add({.name = "slow", .max_attempts = 1});
  Gate never;
  WorkerOptions options = fast();
  options.drain_deadline = 50ms;
  Worker worker(engine, options);
  worker.handle("slow", [&](const JobContext& context) {
    never.wait(context.stop);
    context.throw_if_stopped();
    return std::optional<std::string>();
  });
  Running running(worker);
  ASSERT_TRUE(eventually(20s, [&] { return never.waiting() == 1; }));
  const WorkerReport report = running.stop();
  EXPECT_EQ(report.released, 1U);
  EXPECT_EQ(queue.get(id)->status, JobStatus::waiting);
  EXPECT_EQ(queue.get(id)->attempts, 0);
}

TEST_P(WorkerTest, AHandlerThatIgnoresEvenThatIsReported) {
  queue.add({.name = "stuck"});
  Gate gate;
  std::atomic<std::size_t> stuck = 0;
  WorkerOptions options = fast();
  options.drain_deadline = 1ms;
  options.stop_grace = 1ms;
  options.on_stuck = [&](std::size_t count) {
    stuck = count;
    gate.open();
  };
  Worker worker(engine, options);
  worker.handle("stuck", [&](const JobContext&) {
    gate.wait({});
    return std::optional<std::string>();
  });
  Running running(worker);
  ASSERT_TRUE(eventually(20s, [&] { return gate.waiting() == 1; }));
  running.stop();
  EXPECT_EQ(stuck, 1U);
}

TEST_P(WorkerTest, WithoutASchemaItEndsWithTheError) {
  engine.execute("DROP TABLE poolguard_jobs");
  Worker worker(engine, fast());
  worker.handle("a", kNoop);
  EXPECT_THROW(worker.run({}), SqlError);
}

TEST_P(WorkerTest, WithoutHandlersItDoesNotStart) {
  Worker worker(engine, fast());
  EXPECT_THROW(worker.run({}), ConfigError);
  worker.handle("a", kNoop);
  EXPECT_THROW(worker.handle("a", kNoop), ConfigError);
  EXPECT_THROW(worker.handle("b", {}), ConfigError);
}

TEST(WorkerLane, RefusesToStartWithoutASessionLane) {
  const TestCluster cluster;
  const PgBouncerProcess bouncer(cluster);
  PostgresEngine engine(quiet(bouncer.url()));
  Queue(engine).migrate();
  Worker worker(engine, fast());
  worker.handle("a", kNoop);
  EXPECT_THROW(worker.run({}), LaneUnavailableError);
}

TEST(WorkerLane, StartsDegradedIfToldTo) {
  const TestCluster cluster;
  const PgBouncerProcess bouncer(cluster);
  ConnectionOptions connection = quiet(bouncer.url());
  connection.session_lane = SessionLanePolicy::degrade;
  PostgresEngine engine(connection);
  Queue queue(engine);
  queue.migrate();
  queue.add({.name = "a"});
  WorkerOptions options = fast();
  options.until_empty = true;
  Worker worker(engine, options);
  worker.handle("a", kNoop);
  EXPECT_EQ(worker.run({}).completed, 1U);
  EXPECT_THAT(engine.describe(), HasSubstr("degraded"));
}

TEST(WorkerHardEviction, AHandlerIsToldToStopWhenTheServerIsGoneForALease) {
  TestCluster cluster;
  ConnectionOptions connection = quiet(cluster.url());
  connection.cancel_grace = 100ms;
  PostgresEngine engine(connection);
  Queue queue(engine);
  queue.migrate();
  queue.add({.name = "long"});
  WorkerOptions options = fast();
  options.lease = 5s;
  options.renew_timeout = 200ms;
  Gate gate;
  std::atomic<bool> stopped = false;
  Worker worker(engine, options);
  worker.handle("long", [&](const JobContext& context) {
    gate.wait(context.stop);
    stopped = context.stop.stop_requested();
    return std::optional<std::string>();
  });
  Running running(worker);
  ASSERT_TRUE(eventually(20s, [&] { return gate.waiting() == 1; }));
  cluster.stop();
  EXPECT_TRUE(eventually(30s, [&] { return stopped.load(); }));
  EXPECT_TRUE(eventually(20s, [&] { return worker.report().lost == 1; }));
  EXPECT_EQ(worker.report().failed, 0U);
}

TEST_P(WorkerTest, ACancelReachesTheRunningHandler) {
  const JobId id = queue.add({.name = "long", .max_attempts = 1});
  Gate never;
  Worker worker(engine, fast());
  worker.handle("long", [&](const JobContext& context) {
    never.wait(context.stop);
    context.throw_if_stopped();
    return std::optional<std::string>();
  });
  Running running(worker);
  ASSERT_TRUE(eventually(20s, [&] { return never.waiting() == 1; }));
  EXPECT_EQ(queue.cancel(id), CancelOutcome::requested);
  EXPECT_TRUE(reaches(id, JobStatus::cancelled));
  EXPECT_EQ(running.stop().cancelled, 1U);
  EXPECT_EQ(queue.get(id)->attempts, 0);
}

TEST_P(WorkerTest, ARunPastItsTimeoutIsStoppedAndCountsAsAnAttempt) {
  const JobId id = queue.add({.name = "long", .max_attempts = 1, .timeout = 100ms});
  WorkerOptions options = fast();
  options.stalled_grace = 1h;  // so that it is the worker that ends it, and not a sweep
  Gate never;
  Worker worker(engine, options);
  worker.handle("long", [&](const JobContext& context) {
    never.wait(context.stop);
    context.throw_if_stopped();
    return std::optional<std::string>();
  });
  Running running(worker);
  EXPECT_TRUE(reaches(id, JobStatus::dead));
  EXPECT_THAT(queue.get(id)->last_error, HasSubstr("100 ms"));
  EXPECT_EQ(queue.get(id)->attempts, 1);
  EXPECT_EQ(running.stop().failed, 1U);
}

TEST_P(WorkerTest, AnUnrecoverableErrorIsDeadAtOnce) {
  const JobId id = queue.add({.name = "bad", .max_attempts = 9});
  Worker worker(engine, fast());
  worker.handle("bad", [](const JobContext&) -> std::optional<std::string> { throw UnrecoverableError("no such user"); });
  Running running(worker);
  EXPECT_TRUE(reaches(id, JobStatus::dead));
  EXPECT_EQ(queue.get(id)->attempts, 1);
  EXPECT_EQ(queue.get(id)->last_error, "no such user");
}

TEST_P(WorkerTest, AJobsOwnBackoffComesBeforeTheWorkers) {
  const JobId id = queue.add({.name = "bad", .backoff = Backoff{.initial = 1h, .jitter = 0.0, .kind = BackoffKind::fixed}});
  Worker worker(engine, fast());
  worker.handle("bad", [](const JobContext&) -> std::optional<std::string> { throw std::runtime_error("x"); });
  Running running(worker);
  EXPECT_TRUE(eventually(20s, [&] { return queue.get(id)->attempts == 1; }));
  EXPECT_EQ(queue.get(id)->last_delay, 1h);
}

TEST_P(WorkerTest, AHandlerReportsItsProgress) {
  const JobId id = queue.add({.name = "steps"});
  Gate gate;
  Worker worker(engine, fast());
  worker.handle("steps", [&](const JobContext& context) {
    context.report_progress(R"({"step": 1})");
    gate.wait(context.stop);
    return std::optional<std::string>();
  });
  Running running(worker);
  ASSERT_TRUE(eventually(20s, [&] { return gate.waiting() == 1; }));
  EXPECT_EQ(queue.get(id)->progress, R"({"step": 1})");
  gate.open();
  EXPECT_TRUE(reaches(id, JobStatus::completed));
}

TEST_P(WorkerTest, InBatchesItClaimsAheadAndCompletesTogether) {
  WorkerOptions options = fast();
  options.batch = 40;
  options.until_empty = true;
  std::vector<NewJob> jobs(100, NewJob{.name = "a"});
  jobs[7].remove_completed = true;
  const auto ids = queue.add_batch(jobs);
  queue.add({.name = "fails", .max_attempts = 1});
  Worker worker(engine, options);
  std::atomic<int> runs = 0;
  worker.handle("a", [&](const JobContext&) {
    ++runs;
    return R"({"done": true})";
  });
  worker.handle("fails", [](const JobContext&) -> std::optional<std::string> { throw std::runtime_error("no"); });
  const WorkerReport report = worker.run({});
  EXPECT_EQ(runs, 100);
  EXPECT_EQ(report.completed, 100U);
  EXPECT_EQ(report.failed, 1U);
  EXPECT_EQ(report.lost, 0U);
  EXPECT_LE(report.claims, 20U) << "40 at a time, and one more whenever some have ended: three at a time take 34";
  EXPECT_EQ(queue.stats().by_status[JobStatus::completed], 99);
  EXPECT_EQ(queue.stats().by_status[JobStatus::dead], 1);
  EXPECT_EQ(queue.get(*ids[0])->result, R"({"done": true})");
  EXPECT_FALSE(queue.get(*ids[7]));
}

TEST_P(WorkerTest, InABatchTheResultThatCannotBeStoredIsThatJobsFailure) {
  WorkerOptions options = fast();
  options.batch = 10;
  const WorkerReport report = run_with_a_result_that_cannot_be_stored(options);
  EXPECT_EQ(report.completed, 9U);
  EXPECT_EQ(report.failed, 1U);
  EXPECT_EQ(queue.stats().by_status[JobStatus::dead], 1);
}

TEST_P(WorkerTest, AResultThatCannotBeStoredIsThatJobsFailureAndNoFailedClaim) {
  WorkerOptions options = fast();
  std::mutex mutex;
  std::vector<std::string> seen;
  options.events = [&](const Event& event) {
    const std::lock_guard lock(mutex);
    seen.push_back(event.name);
  };
  const WorkerReport report = run_with_a_result_that_cannot_be_stored(options);
  EXPECT_EQ(report.completed, 9U);
  EXPECT_EQ(report.failed, 1U);
  EXPECT_THAT(seen, testing::Contains("job.failed"));
  EXPECT_THAT(seen, testing::Not(testing::Contains("claim.failed")));
}

TEST_P(WorkerTest, InBatchesADrainGivesBackWhatNoHandlerHasBegun) {
  WorkerOptions options = fast();
  options.concurrency = 1;
  options.batch = 10;
  for (int i = 0; i < 10; ++i) queue.add({.name = "a"});
  Worker worker(engine, options);
  Gate gate;
  worker.handle("a", [&](const JobContext& context) {
    gate.wait(context.stop);
    return std::optional<std::string>();
  });
  Running running(worker);
  ASSERT_TRUE(eventually(20s, [&] { return gate.waiting() == 1 && worker.report().claimed == 10; }));
  running.ask_to_stop();
  ASSERT_TRUE(eventually(20s, [&] { return queue.stats().by_status[JobStatus::waiting] == 9; }));
  gate.open();
  const WorkerReport report = running.stop();
  EXPECT_EQ(report.completed, 1U);
  EXPECT_EQ(report.released, 9U);
}
