// Handlers that go from job to job: the end of one and the claim of the next are one statement.
#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <set>

#include <gmock/gmock.h>

#include "fixtures.hpp"
#include "forwarding_engine.hpp"
#include "poolguard/errors.hpp"
#include "poolguard/worker.hpp"
#include "queue/limits_sql.hpp"
#include "queue/sql.hpp"
#include "running_worker.hpp"
#include "support/eventually.hpp"

using namespace poolguard;
using namespace poolguard::test;
using namespace std::chrono_literals;
using testing::SizeIs;

namespace {

/// Counts statements, and lets a test come between one and its answer.
class Watched final : public ForwardingEngine {
 public:
  using ForwardingEngine::ForwardingEngine;

  Result execute(std::string_view sql, const Params& params, const ExecuteOptions& options) override {
    count(sql);
    return ForwardingEngine::execute(sql, params, options);
  }
  Result execute_direct(std::string_view sql, const Params& params, const ExecuteOptions& options) override {
    count(sql);
    if (sql != sql::kCompleteAndClaim) return ForwardingEngine::execute_direct(sql, params, options);
    if (before) before();
    Result rows = ForwardingEngine::execute_direct(sql, params, options);
    if (after) after();
    return rows;
  }
  std::size_t count_of(std::string_view sql) {
    const std::lock_guard lock(mutex_);
    return counts_[sql];
  }
  std::function<void()> before, after;  ///< a statement that completes and claims

 private:
  void count(std::string_view sql) {
    const std::lock_guard lock(mutex_);
    ++counts_[sql];
  }
  std::mutex mutex_;
  std::map<std::string_view, std::size_t> counts_;
};

class HandOver : public QueueOverEveryEngine {
 protected:
  Watched watched{engine};
  Log log;

  WorkerOptions options(std::size_t concurrency) {
    WorkerOptions options;
    options.concurrency = concurrency;
    options.call_timeout = 60s;
    options.wake_debounce = 1ms;
    options.poll_least = 5ms;
    options.poll_most = 20ms;
    options.backoff = {.initial = 1ms, .factor = 1.0, .most = 1ms, .jitter = 0.0};
    options.until_empty = true;
    options.events = log.sink();
    return options;
  }
  void add(std::size_t jobs) { queue.add_batch(std::vector<NewJob>(jobs, {.name = "a"})); }
};

/// Which job each run was for.
class Runs {
 public:
  Handler handler() {
    return [this](const JobContext& context) -> std::optional<std::string> {
      const std::lock_guard lock(mutex_);
      ids_.push_back(context.job.id);
      return std::to_string(context.job.id);
    };
  }
  std::vector<JobId> ids() {
    const std::lock_guard lock(mutex_);
    return ids_;
  }

 private:
  std::mutex mutex_;
  std::vector<JobId> ids_;
};

}  // namespace

INSTANTIATE_TEST_SUITE_P(Ways, HandOver, every_way(), way_name);

TEST_P(HandOver, OneHandlerSendsOneStatementAJob) {
  constexpr std::size_t kJobs = 30;
  add(kJobs);
  Worker worker(watched, options(1));
  Runs runs;
  worker.handle("a", runs.handler());
  const WorkerReport report = worker.run({});
  EXPECT_EQ(report.claimed, kJobs);
  EXPECT_EQ(report.completed, kJobs);
  EXPECT_THAT(runs.ids(), SizeIs(kJobs));
  EXPECT_EQ(watched.count_of(sql::kCompleteAndClaim), kJobs);
  EXPECT_EQ(watched.count_of(sql::kComplete), 0U);
  EXPECT_EQ(watched.count_of(sql::kClaimWithinLimits), 1U) << "the first, which doesn't know that there are none";
  EXPECT_EQ(watched.count_of(sql::kClaim), 1U) << "the last, which finds the queue empty";
  EXPECT_EQ(report.claims, kJobs + 2);
  for (const Job& job : queue.list({.queue = {}, .status = {}, .limit = kJobs})) EXPECT_EQ(job.result, std::to_string(job.id));
}

TEST_P(HandOver, ManyHandlersRunEveryJobOnce) {
  constexpr std::size_t kJobs = 300;
  add(kJobs);
  Worker worker(watched, options(10));
  Runs runs;
  worker.handle("a", runs.handler());
  std::atomic<int> under_way = 0, most = 0;
  watched.before = [&] { most = std::max(most.load(), ++under_way); };
  watched.after = [&] { --under_way; };
  const WorkerReport report = worker.run({});
  EXPECT_EQ(report.claimed, kJobs);
  EXPECT_EQ(report.completed, kJobs);
  EXPECT_THAT(runs.ids(), SizeIs(kJobs));
  const std::vector<JobId> ids = runs.ids();
  EXPECT_THAT(std::set<JobId>(ids.begin(), ids.end()), SizeIs(kJobs));
  EXPECT_EQ(queue.stats().by_status.at(JobStatus::completed), static_cast<std::int64_t>(kJobs));
  EXPECT_EQ(most, 1) << "it takes one connection of the session lane, however many handlers there are";
  EXPECT_LT(watched.count_of(sql::kCompleteAndClaim), kJobs) << "those that end while one is under way share the next";
}

TEST_P(HandOver, AFailureGoesItsOwnWay) {
  constexpr int kJobs = 20;  // so many that the back-off of the last one that failed is over when its turn comes
  add(kJobs);
  Worker worker(watched, options(1));
  std::atomic<int> runs = 0;
  worker.handle("a", [&](const JobContext& context) -> std::optional<std::string> {
    ++runs;
    if (context.job.attempts == 0) throw std::runtime_error("no");
    return std::nullopt;
  });
  const WorkerReport report = worker.run({});
  EXPECT_EQ(report.failed, static_cast<std::uint64_t>(kJobs));
  EXPECT_EQ(report.completed, static_cast<std::uint64_t>(kJobs));
  EXPECT_EQ(runs, 2 * kJobs);
}

TEST_P(HandOver, WhatAHandlerAddedLastIsRunToo) {
  queue.add({.name = "a", .payload = "20"});
  Worker worker(watched, options(3));
  worker.handle("a", [&](const JobContext& context) {
    const int left = std::stoi(context.job.payload);
    if (left > 0) queue.add({.name = "a", .payload = std::to_string(left - 1)});
    return std::optional<std::string>();
  });
  EXPECT_EQ(worker.run({}).completed, 21U);
}

TEST_P(HandOver, AParentIsRunAfterItsLastChild) {
  for (int i = 0; i < 3; ++i) queue.add_flow({.job = {.name = "a"}, .children = {{.job = {.name = "a"}}, {.job = {.name = "a"}}}});
  Worker worker(watched, options(1));
  Runs runs;
  worker.handle("a", runs.handler());
  EXPECT_EQ(worker.run({}).completed, 9U);
  EXPECT_EQ(queue.stats().by_status.at(JobStatus::completed), 9);
}

TEST_P(HandOver, WithinLimitsEndsAreWrittenBeforeAClaim) {
  queue.set_limits("default", "a", {.active = 1});
  add(5);
  Worker worker(watched, options(3));
  std::atomic<int> active = 0;
  worker.handle("a", [&](const JobContext&) {
    EXPECT_EQ(++active, 1);
    --active;
    return std::optional<std::string>();
  });
  EXPECT_EQ(worker.run({}).completed, 5U);
  EXPECT_EQ(watched.count_of(sql::kCompleteAndClaim), 0U);
}

TEST_P(HandOver, WhatWasClaimedWhileTheWorkerWasToldToStopIsGivenBack) {
  add(2);
  WorkerOptions endless = options(1);
  endless.until_empty = false;
  Worker worker(watched, endless);
  Runs runs;
  worker.handle("a", runs.handler());
  std::stop_source stop;
  watched.after = [&] { stop.request_stop(); };
  const WorkerReport report = worker.run(stop.get_token());
  EXPECT_EQ(report.claimed, 2U);
  EXPECT_EQ(report.completed, 1U);
  EXPECT_EQ(report.released, 1U);
  EXPECT_THAT(runs.ids(), SizeIs(1));
  const auto waiting = queue.list({.queue = {}, .status = JobStatus::waiting});
  ASSERT_THAT(waiting, SizeIs(1));
  EXPECT_EQ(waiting[0].attempts, 0);
  EXPECT_EQ(queue.stats().by_status.at(JobStatus::completed), 1);
}

TEST_P(HandOver, AWorkerThatIsToldToStopClaimsNoMore) {
  add(3);
  WorkerOptions endless = options(1);
  endless.until_empty = false;
  Worker worker(watched, endless);
  std::stop_source stop;
  worker.handle("a", [&](const JobContext&) {
    stop.request_stop();
    return std::optional<std::string>();
  });
  const WorkerReport report = worker.run(stop.get_token());
  EXPECT_EQ(report.claimed, 1U);
  EXPECT_EQ(report.completed, 1U);
  EXPECT_EQ(watched.count_of(sql::kCompleteAndClaim), 0U);
}

TEST_P(HandOver, WhereItFailsTheEndIsWrittenByItselfAndTheClaimLoopGoesOn) {
  add(10);
  std::atomic<int> sent = 0;
  watched.before = [&] {
    if (sent++ % 2 == 0) throw ConnectionError("the connection is lost");
  };
  Worker worker(watched, options(1));
  Runs runs;
  worker.handle("a", runs.handler());
  const WorkerReport report = worker.run({});
  EXPECT_EQ(report.completed, 10U);
  EXPECT_THAT(runs.ids(), SizeIs(10));
  EXPECT_GT(watched.count_of(sql::kComplete), 0U);
  EXPECT_EQ(log.count("claim.failed"), watched.count_of(sql::kComplete));
}

TEST_P(HandOver, AResultThatCannotBeStoredIsAFailureOfItsJobAlone) {
  queue.add({.name = "a", .payload = "1", .max_attempts = 1});
  add(3);
  Worker worker(watched, options(1));
  worker.handle("a", [](const JobContext& context) { return std::optional<std::string>(context.job.payload == "1" ? "nope" : "{}"); });
  const WorkerReport report = worker.run({});
  EXPECT_EQ(report.completed, 3U);
  EXPECT_EQ(report.failed, 1U);
}
