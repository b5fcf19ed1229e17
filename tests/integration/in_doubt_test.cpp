// What a worker says of a job's end whose answer was lost: the truth, or that it doesn't know.
#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

#include "fixtures.hpp"
#include "forwarding_engine.hpp"
#include "poolguard/worker.hpp"
#include "queue/sql.hpp"
#include "support/eventually.hpp"

using namespace poolguard;
using namespace poolguard::test;
using namespace std::chrono_literals;
using testing::Contains;
using testing::Not;

namespace {

/// Loses the answer to the first call of one statement, and lets something happen before the caller hears of it.
class LosesAnswer final : public ForwardingEngine {
 public:
  LosesAnswer(Engine& inner, std::string_view statement, bool arrives, std::function<void()> meanwhile)
      : ForwardingEngine(inner), statement_(statement), arrives_(arrives), meanwhile_(std::move(meanwhile)) {}

  Result execute(std::string_view sql, const Params& params, const ExecuteOptions& options) override {
    if (before) before(sql);
    return lose(sql, [&] { return ForwardingEngine::execute(sql, params, options); });
  }
  Result execute_direct(std::string_view sql, const Params& params, const ExecuteOptions& options) override {
    if (sql == sql::kRenew) ++renewals;
    if (sql == sql::kVerify) ++verifications;
    return lose(sql, [&] { return ForwardingEngine::execute_direct(sql, params, options); });
  }
  std::function<void(std::string_view)> before;  ///< each statement of the transaction lane
  std::atomic<std::uint64_t> renewals = 0, verifications = 0;

 private:
  Result lose(std::string_view sql, const std::function<Result()>& run) {
    if (sql != statement_ || lost_.exchange(true)) return run();
    if (arrives_) run();
    meanwhile_();
    throw ConnectionError("the connection is lost");
  }

  const std::string_view statement_;
  const bool arrives_;
  const std::function<void()> meanwhile_;
  std::atomic<bool> lost_ = false;
};

class InDoubt : public testing::Test {
 protected:
  World world{Way::direct};
  Queue queue{world.engine()};
  std::mutex mutex;
  std::vector<std::string> events;
  std::size_t batch = 1;
  std::atomic<Worker*> running = nullptr;  // of run()

  void SetUp() override { queue.migrate(); }

  std::vector<std::string> seen() {
    const std::lock_guard lock(mutex);
    return events;
  }

  /// Runs a worker until an event says that its job has ended, and reports.
  WorkerReport run(Engine& engine, const Handler& handler, const std::function<bool(const WorkerReport&)>& over,
                   std::chrono::milliseconds renew_interval = 100ms) {
    WorkerOptions options;
    options.concurrency = 1;  // so that it claims nothing while it waits here
    options.batch = batch;
    options.renew_interval = renew_interval;
    options.lease = 2 * renew_interval + 30s;
    options.sweep_interval = 1h;
    options.backoff = {.initial = 1ms, .factor = 1, .most = 1ms, .jitter = 0, .kind = BackoffKind::fixed};
    options.events = [this](const Event& event) {
      const std::lock_guard lock(mutex);
      events.push_back(event.name);
    };
    Worker worker(engine, options);
    worker.handle("a", handler);
    running = &worker;
    std::stop_source stop;
    std::jthread thread([&] { worker.run(stop.get_token()); });
    EXPECT_TRUE(eventually(30s, [&] { return over(worker.report()); }));
    stop.request_stop();
    thread.join();
    return worker.report();
  }

  /// Waits until the renewal has found that a lease is gone, and has drawn its conclusion.
  void until_found_gone(const LosesAnswer& engine) {
    EXPECT_TRUE(eventually(30s, [&] {
      const WorkerReport now = running.load()->report();
      return engine.verifications > 0 && now.beats + now.beats_failed == engine.renewals;
    }));
  }

  /// Its owner may renew it in between.
  void sweep(JobId id) {
    EXPECT_TRUE(eventually(30s, [&] {
      world.engine().execute("UPDATE poolguard_jobs SET lock_until = clock_timestamp() - interval '1 hour' WHERE id = $1::bigint", {id});
      return queue.sweep_stalled(0ms, 10).requeued == 1;
    }));
  }

  Job claim_by_another() {
    std::vector<Job> jobs;
    EXPECT_TRUE(eventually(30s, [&] {
      jobs = queue.claim({.worker = "another", .queue = "default", .names = {"a"}});
      return !jobs.empty();
    }));
    return jobs.empty() ? Job{} : jobs.front();
  }
};

/// A job's end by the statement that claims the next one too, or, because there are limits, by the one that only completes.
class EndInDoubt : public InDoubt, public testing::WithParamInterface<bool> {
 protected:
  const std::string_view statement = GetParam() ? sql::kCompleteAndClaim : sql::kComplete;

  void SetUp() override {
    InDoubt::SetUp();
    if (!GetParam()) queue.set_limits("default", "another", {.active = 1});
  }
};

}  // namespace

INSTANTIATE_TEST_SUITE_P(Ways, EndInDoubt, testing::Bool(), [](const auto& info) { return info.param ? "withAClaim" : "alone"; });

TEST_P(EndInDoubt, ACompletionThatArrivedIsOneThoughTheRenewalFindsTheLeaseGone) {
  queue.add({.name = "a"});
  LosesAnswer engine(world.engine(), statement, true, [&] { until_found_gone(engine); });
  const WorkerReport report = run(
      engine, [](const JobContext&) { return std::nullopt; }, [](const WorkerReport& now) { return now.completed + now.lost == 1; });
  EXPECT_EQ(report.completed, 1U);
  EXPECT_EQ(report.lost, 0U);
  EXPECT_THAT(seen(), Not(Contains("lease.lost")));
  EXPECT_THAT(seen(), Not(Contains("lease.evicted")));
}

TEST_F(InDoubt, WhatALostAnswerHadClaimedRunsOnceItsLeaseIsOver) {
  const JobId first = queue.add({.name = "a"});
  const JobId second = queue.add({.name = "a"});
  LosesAnswer engine(world.engine(), sql::kCompleteAndClaim, true, [&] {
    EXPECT_EQ(queue.get(first)->status, JobStatus::completed);
    EXPECT_EQ(queue.get(second)->status, JobStatus::active) << "nobody knows that it has it";
    sweep(second);
  });
  std::atomic<int> runs = 0;
  const WorkerReport report = run(
      engine,
      [&](const JobContext&) {
        ++runs;
        return std::nullopt;
      },
      [](const WorkerReport& now) { return now.completed + now.lost == 2; });
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(report.completed, 2U);
  EXPECT_EQ(report.lost, 0U);
  EXPECT_EQ(queue.get(second)->stalls, 1);
  EXPECT_THAT(seen(), Not(Contains("job.unfinished")));
}

TEST_F(InDoubt, ACompletionOfManyThatArrivedIsOneOfEach) {
  for (int i = 0; i < 5; ++i) queue.add({.name = "a"});
  batch = 5;
  std::atomic<int> begun = 0, lost = 0;
  LosesAnswer engine(world.engine(), sql::kCompleteBatch, true, [&] { ++lost; });
  // The first end is written alone, and until all have ended.
  engine.before = [&](std::string_view sql) {
    if (sql == sql::kComplete) EXPECT_TRUE(eventually(30s, [&] { return begun == 5; }));
  };
  const WorkerReport report = run(
      engine,
      [&](const JobContext&) {
        ++begun;
        return std::nullopt;
      },
      [](const WorkerReport& now) { return now.completed + now.lost == 5; });
  EXPECT_EQ(lost, 1);
  EXPECT_EQ(report.completed, 5U);
  EXPECT_EQ(report.lost, 0U);
}

TEST_F(InDoubt, AFailureThatArrivedIsOneThoughAnotherHasTheJobByNow) {
  queue.add({.name = "a"});
  LosesAnswer engine(world.engine(), sql::kFail, true, [&] { (void)claim_by_another(); });
  const WorkerReport report = run(
      engine, [](const JobContext&) -> std::optional<std::string> { throw std::runtime_error("no"); },
      [](const WorkerReport& now) { return now.failed + now.lost == 1; });
  EXPECT_EQ(report.failed, 1U);
  EXPECT_EQ(report.lost, 0U);
}

TEST_F(InDoubt, ADeletionThatArrivedIsACompletion) {
  const JobId id = queue.add({.name = "a", .remove_completed = true});
  LosesAnswer engine(world.engine(), sql::kCompleteAndRemove, true, [] {});
  const WorkerReport report = run(
      engine, [](const JobContext&) { return std::nullopt; },
      [&](const WorkerReport& now) { return now.completed + now.lost + std::ranges::count(seen(), "job.unfinished") == 1; }, 20s);
  EXPECT_EQ(report.completed, 1U);
  EXPECT_FALSE(queue.get(id));
}

TEST_F(InDoubt, ADeletionThatMayBeAnothersIsNotKnown) {
  const JobId id = queue.add({.name = "a", .remove_completed = true});
  LosesAnswer engine(world.engine(), sql::kCompleteAndRemove, false, [&] {
    sweep(id);
    EXPECT_TRUE(queue.complete(claim_by_another().key()));
    until_found_gone(engine);
  });
  const WorkerReport report = run(
      engine, [](const JobContext&) { return std::nullopt; },
      [&](const WorkerReport& now) { return now.completed + now.lost + std::ranges::count(seen(), "job.unfinished") == 1; });
  EXPECT_EQ(report.completed, 0U);
  EXPECT_EQ(report.lost, 0U);
  EXPECT_THAT(seen(), Contains("job.unfinished"));
}

TEST_P(EndInDoubt, WhatTheRowDoesNotTellIsNotKnown) {
  const JobId id = queue.add({.name = "a"});
  LosesAnswer engine(world.engine(), statement, false, [&] {
    sweep(id);
    (void)claim_by_another();
  });
  const WorkerReport report = run(
      engine, [](const JobContext&) { return std::nullopt; },
      [&](const WorkerReport& now) { return now.lost + now.completed == 1 || std::ranges::count(seen(), "job.unfinished") == 1; });
  EXPECT_EQ(report.lost, 0U);
  EXPECT_EQ(report.completed, 0U);
  EXPECT_THAT(seen(), Contains("job.unfinished"));
}
