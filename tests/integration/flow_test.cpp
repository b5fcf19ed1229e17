// Parents and children, and jobs that are gone once they are completed.
#include <barrier>
#include <future>

#include <gmock/gmock.h>
#include <pqxx/pqxx>

#include "fixtures.hpp"
#include "poolguard/errors.hpp"
#include "poolguard/worker.hpp"
#include "support/eventually.hpp"

using namespace poolguard;
using namespace poolguard::test;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

namespace {

Flow job(const std::string& name, std::vector<Flow> children = {}, ChildFailure on_failure = ChildFailure::fail_parent) {
  return {.job = {.name = name, .max_attempts = 1}, .children = std::move(children), .on_failure = on_failure};
}

class FlowTest : public QueueOverEveryEngine {
 protected:
  std::vector<Job> claim(std::size_t limit = 100) {
    return queue.claim({.worker = "w", .names = {"parent", "a", "b"}, .limit = limit, .lease = 60s});
  }
  Job claim_one() {
    const auto jobs = claim(1);
    EXPECT_THAT(jobs, SizeIs(1));
    return jobs.empty() ? Job{} : jobs.front();
  }
  JobStatus status(JobId id) { return queue.get(id)->status; }
  void fail(const Job& job) { EXPECT_TRUE(queue.fail(job.key(), "broken", 0ms)); }
};

}  // namespace

INSTANTIATE_TEST_SUITE_P(Ways, FlowTest, every_way(), way_name);

TEST_P(FlowTest, AParentRunsOnceItsChildrenHaveEnded) {
  const auto ids = queue.add_flow(job("parent", {job("a"), job("b")}));
  ASSERT_THAT(ids, SizeIs(3));
  EXPECT_EQ(status(ids[0]), JobStatus::blocked);
  EXPECT_EQ(queue.stats().by_status.at(JobStatus::blocked), 1);
  const auto children = claim();
  ASSERT_THAT(children, SizeIs(2)) << "the parent is not there to be claimed";
  EXPECT_EQ(children[0].parent, ids[0]);
  EXPECT_TRUE(queue.complete(children[0].key(), "1"));
  EXPECT_EQ(status(ids[0]), JobStatus::blocked);
  EXPECT_THAT(claim(), IsEmpty());
  EXPECT_TRUE(queue.complete(children[1].key(), "2"));
  EXPECT_EQ(claim_one().id, ids[0]);
  const auto seen = queue.children(ids[0]);
  ASSERT_THAT(seen, SizeIs(2));
  EXPECT_EQ(seen[0].result, "1");
  EXPECT_EQ(seen[1].result, "2");
}

TEST_P(FlowTest, ATreeRunsFromItsLeavesToItsRoot) {
  const auto ids = queue.add_flow(job("parent", {job("a", {job("b"), job("b", {job("b")})}), job("a")}));
  ASSERT_THAT(ids, SizeIs(6));
  std::vector<JobId> order;
  for (auto jobs = claim(); !jobs.empty(); jobs = claim()) {
    for (const Job& one : jobs) {
      order.push_back(one.id);
      EXPECT_TRUE(queue.complete(one.key()));
    }
  }
  EXPECT_THAT(order, ElementsAre(ids[2], ids[4], ids[5], ids[3], ids[1], ids[0]));
}

TEST_P(FlowTest, AFailedChildFailsItsParentsUpToTheRoot) {
  const auto ids = queue.add_flow(job("parent", {job("parent", {job("a"), job("b")}), job("b")}));
  const auto jobs = claim();
  ASSERT_THAT(jobs, SizeIs(3));
  fail(jobs[0]);
  EXPECT_EQ(status(ids[1]), JobStatus::dead);
  EXPECT_EQ(status(ids[0]), JobStatus::dead);
  EXPECT_THAT(queue.get(ids[1])->last_error, HasSubstr("job " + std::to_string(ids[2])));
  EXPECT_THAT(queue.get(ids[0])->last_error, HasSubstr("job " + std::to_string(ids[1])));
  EXPECT_TRUE(queue.complete(jobs[1].key())) << "its siblings go on";
  EXPECT_TRUE(queue.complete(jobs[2].key()));
  EXPECT_EQ(status(ids[0]), JobStatus::dead);
}

TEST_P(FlowTest, OnlyAnEndFailsAParentNotAnAttempt) {
  Flow flow = job("parent", {job("a")});
  flow.children[0].job.max_attempts = 2;
  const auto ids = queue.add_flow(flow);
  fail(claim_one());
  EXPECT_EQ(status(ids[0]), JobStatus::blocked);
  fail(claim_one());
  EXPECT_EQ(status(ids[0]), JobStatus::dead);
}

TEST_P(FlowTest, AFailedChildThatIsIgnoredOrRemovedIsWaitedForNoMore) {
  for (const ChildFailure failure : {ChildFailure::ignore, ChildFailure::remove_dependency}) {
    const auto ids = queue.add_flow(job("parent", {job("a", {}, failure), job("b")}));
    const auto jobs = claim();
    fail(jobs.at(0));
    EXPECT_EQ(status(ids[0]), JobStatus::blocked) << "the other is left";
    EXPECT_TRUE(queue.complete(jobs.at(1).key()));
    const Job parent = claim_one();
    EXPECT_EQ(parent.id, ids[0]);
    EXPECT_TRUE(queue.complete(parent.key()));
  }
}

TEST_P(FlowTest, AFailedChildCanLetItsParentContinueAtOnce) {
  const auto ids = queue.add_flow(job("parent", {job("a", {}, ChildFailure::continue_parent), job("b")}));
  const auto jobs = claim();
  fail(jobs.at(0));
  const Job parent = claim_one();
  EXPECT_EQ(parent.id, ids[0]) << "though a child of it runs";
  EXPECT_TRUE(queue.complete(parent.key()));
  EXPECT_TRUE(queue.complete(jobs.at(1).key()));
  EXPECT_EQ(status(ids[0]), JobStatus::completed);
}

TEST_P(FlowTest, ACancelledChildIsAFailedOne) {
  const auto ids = queue.add_flow(job("parent", {job("a"), job("b")}));
  EXPECT_EQ(queue.cancel(ids[1]), CancelOutcome::cancelled);
  EXPECT_EQ(status(ids[0]), JobStatus::dead);
  EXPECT_EQ(status(ids[2]), JobStatus::waiting);
}

TEST_P(FlowTest, ACancelOfAParentIsOneOfAllBelowIt) {
  const auto ids = queue.add_flow(job("parent", {job("parent", {job("a"), job("b")}), job("b"), job("a")}));
  const Job runs = claim_one();
  const Job done = claim_one();
  EXPECT_TRUE(queue.complete(done.key()));
  EXPECT_EQ(queue.cancel(ids[0]), CancelOutcome::cancelled);
  for (const JobId id : ids) {
    EXPECT_EQ(status(id), id == runs.id ? JobStatus::active : id == done.id ? JobStatus::completed : JobStatus::cancelled) << id;
  }
  EXPECT_TRUE(queue.renew({runs.key()}, {60s}).at(0).cancel_requested);
  EXPECT_TRUE(queue.release(runs.key(), "asked to"));
  EXPECT_EQ(status(runs.id), JobStatus::cancelled);
  EXPECT_EQ(status(ids[0]), JobStatus::cancelled);
}

TEST_P(FlowTest, WhatEndsInASweepIsSeenByTheSweepOfFlows) {
  const auto ids = queue.add_flow(job("parent", {job("parent", {job("a")})}));
  (void)claim_one();
  engine.execute("UPDATE poolguard_jobs SET lock_until = clock_timestamp() - interval '1 h' WHERE status = 'active'");
  EXPECT_EQ(queue.sweep_stalled(0ms, 0).dead, 1U);
  EXPECT_EQ(status(ids[1]), JobStatus::blocked);
  EXPECT_TRUE(queue.sweeps_needed(0ms).flows);
  EXPECT_EQ(queue.sweep_flows(), 2U);
  EXPECT_FALSE(queue.sweeps_needed(0ms).flows);
  EXPECT_EQ(status(ids[1]), JobStatus::dead);
  EXPECT_EQ(status(ids[0]), JobStatus::dead);
  EXPECT_EQ(queue.sweep_flows(), 0U);
}

TEST_P(FlowTest, ABlockedJobHasItsDeadlineToo) {
  Flow flow = job("parent", {job("a")});
  flow.job.deadline = 1h;
  const auto ids = queue.add_flow(flow);
  engine.execute("UPDATE poolguard_jobs SET end_by = clock_timestamp() - interval '1 h' WHERE id = $1::bigint", {ids[0]});
  EXPECT_EQ(queue.sweep_expired(), 1U);
  EXPECT_EQ(status(ids[0]), JobStatus::dead);
}

TEST_P(FlowTest, ARetriedParentWaitsForTheChildrenThatAreLeft) {
  const auto ids = queue.add_flow(job("parent", {job("a"), job("b")}));
  const auto jobs = claim();
  fail(jobs.at(0));
  EXPECT_TRUE(queue.complete(jobs.at(1).key()));
  ASSERT_EQ(status(ids[0]), JobStatus::dead);
  EXPECT_TRUE(queue.retry(ids[1]));
  EXPECT_TRUE(queue.retry(ids[0]));
  EXPECT_EQ(status(ids[0]), JobStatus::blocked);
  EXPECT_TRUE(queue.complete(claim_one().key()));
  EXPECT_EQ(claim_one().id, ids[0]);
}

TEST_P(FlowTest, WhatFailedBeforeAParentsRetryCountsNoMore) {
  const auto ids = queue.add_flow(job("parent", {job("a"), job("b"), job("b")}));
  const auto jobs = claim();
  fail(jobs.at(0));
  ASSERT_EQ(status(ids[0]), JobStatus::dead);
  EXPECT_TRUE(queue.retry(ids[0]));
  EXPECT_EQ(queue.sweep_flows(), 0U);
  EXPECT_EQ(status(ids[0]), JobStatus::blocked) << "two children are left";
  EXPECT_TRUE(queue.complete(jobs.at(1).key()));
  fail(jobs.at(2));
  EXPECT_EQ(status(ids[0]), JobStatus::dead) << "this one has failed since";
  EXPECT_TRUE(queue.retry(ids[0]));
  EXPECT_EQ(claim_one().id, ids[0]) << "none is left to wait for";
}

TEST_P(FlowTest, ManyChildrenThatEndAtOnceLetTheirParentGoOnce) {
  constexpr int kThreads = 6, kEach = 8, kRounds = 4;
  for (int round = 0; round < kRounds; ++round) {
    const auto ids = queue.add_flow(job("parent", std::vector<Flow>(kThreads * kEach, job("a", {}, ChildFailure::ignore))));
    const auto jobs = claim();
    ASSERT_THAT(jobs, SizeIs(kThreads * kEach));
    std::barrier start(kThreads);
    std::vector<std::future<void>> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.push_back(std::async(std::launch::async, [&, thread] {
        start.arrive_and_wait();
        for (int i = 0; i < kEach; ++i) {
          const Job& one = jobs[static_cast<std::size_t>(i * kThreads + thread)];
          if (i % 2 == 0) EXPECT_TRUE(queue.complete(one.key()));
          else fail(one);
        }
      }));
    }
    for (auto& thread : threads) EXPECT_NO_THROW(thread.get());
    EXPECT_EQ(status(ids[0]), JobStatus::waiting);
    const Job parent = claim_one();
    EXPECT_EQ(parent.lock_epoch, 2) << "one step out of blocked, one claim";
    EXPECT_TRUE(queue.complete(parent.key()));
  }
}

TEST_P(FlowTest, ACancelAmongChildrenThatEndMeetsNoDeadlock) {
  constexpr int kThreads = 4, kEach = 6, kRounds = 4;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<Flow> branches(kThreads, job("parent", std::vector<Flow>(kEach, job("a"))));
    const auto ids = queue.add_flow(job("parent", branches));
    const auto jobs = claim(kThreads * kEach / 2);
    std::barrier start(kThreads + 1);
    std::vector<std::future<void>> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.push_back(std::async(std::launch::async, [&, thread] {
        start.arrive_and_wait();
        for (std::size_t i = static_cast<std::size_t>(thread); i < jobs.size(); i += kThreads) {
          (void)queue.renew({jobs[i].key()}, {60s});
          EXPECT_TRUE(queue.fail(jobs[i].key(), "broken", 0ms));
        }
        queue.sweep_flows();
      }));
    }
    start.arrive_and_wait();
    EXPECT_NO_THROW(queue.cancel(ids[0]));
    for (auto& thread : threads) EXPECT_NO_THROW(thread.get());
    EXPECT_NO_THROW(queue.sweep_flows());
    for (const Job& left : queue.list({.queue = {}, .status = {}, .limit = 100})) {
      EXPECT_TRUE(left.status == JobStatus::dead || left.status == JobStatus::cancelled) << left.id << " is " << to_string(left.status);
    }
    engine.execute("DELETE FROM poolguard_jobs");
  }
}

TEST_P(FlowTest, APartOfAFlowIsNotDeletedBeforeItsEnd) {
  const auto ids = queue.add_flow(job("parent", {job("a"), job("b")}));
  EXPECT_TRUE(queue.complete(claim_one().key(), "1"));
  EXPECT_FALSE(queue.remove(ids[0]));
  EXPECT_FALSE(queue.remove(ids[1]));
  EXPECT_FALSE(queue.remove(ids[2]));
  EXPECT_EQ(queue.prune({.older_than = 0ms}), 0U) << "the parent has not had its result";
  EXPECT_TRUE(queue.complete(claim_one().key()));
  EXPECT_TRUE(queue.complete(claim_one().key()));
  EXPECT_EQ(queue.prune({.older_than = 0ms}), 3U);
}

TEST_P(FlowTest, IsThereAsAWholeOrNotAtAll) {
  Flow flow = job("parent", {job("a")});
  flow.children[0].job.payload = R"("\u0000")";
  EXPECT_THROW(queue.add_flow(flow), PayloadError);
  flow.children[0].job.payload = "1";
  flow.children[0].job.idempotency_key = "k";
  EXPECT_THROW(queue.add_flow(flow), ConfigError);
  flow.children[0].job.idempotency_key = "";
  queue.set_waiting_quota("default", "a", 0);
  EXPECT_THROW(queue.add_flow(flow), QuotaError);
  queue.set_waiting_quota("default", "a", {});
  EXPECT_THAT(queue.list(), IsEmpty());
  try {
    engine.transaction([&](TransactionEngine& open) {
      EXPECT_THAT(Queue::add_flow(open, flow), SizeIs(2));
      throw std::runtime_error("rolled back");
    });
  } catch (const std::runtime_error&) {
  }
  EXPECT_THAT(queue.list(), IsEmpty());
  engine.transaction([&](TransactionEngine& open) { Queue::add_flow(open, flow); });
  EXPECT_THAT(queue.list(), SizeIs(2));
}

TEST_P(FlowTest, AHandlerIsToldOfItsChildren) {
  queue.add_flow(job("parent", {job("a"), job("b", {}, ChildFailure::ignore), job("b", {}, ChildFailure::remove_dependency)}));
  WorkerOptions options;
  options.until_empty = true;
  options.events = {};
  Worker worker(engine, options);
  worker.handle("a", [](const JobContext&) { return std::optional<std::string>("[1]"); });
  worker.handle("b", [](const JobContext&) -> std::optional<std::string> { throw UnrecoverableError("no"); });
  std::vector<ChildResult> told;
  worker.handle("parent", [&](const JobContext& context) {
    told = context.children();
    return std::optional<std::string>();
  });
  const WorkerReport report = worker.run({});
  EXPECT_EQ(report.completed, 2U);
  ASSERT_THAT(told, SizeIs(2)) << "of what was removed it isn't told";
  EXPECT_EQ(told[0].name, "a");
  EXPECT_EQ(told[0].result, "[1]");
  EXPECT_EQ(told[0].error, "");
  EXPECT_EQ(told[1].status, JobStatus::dead);
  EXPECT_EQ(told[1].error, "no");
}

TEST_P(FlowTest, AJobThatIsGoneOnceCompletedFreesItsKey) {
  const NewJob gone{.name = "a", .idempotency_key = "k", .remove_completed = true};
  const JobId id = queue.add(gone);
  const Job first = claim_one();
  EXPECT_FALSE(queue.complete({.id = first.id, .epoch = first.lock_epoch - 1})) << "the fence holds here too";
  EXPECT_TRUE(queue.get(id));
  EXPECT_TRUE(queue.complete(first.key(), "1"));
  EXPECT_FALSE(queue.get(id));
  EXPECT_FALSE(queue.complete(first.key(), "1"));
  EXPECT_TRUE(queue.add(gone).is_new);
  const Job second = claim_one();
  EXPECT_TRUE(queue.fail_for_good(second.key(), "broken"));
  EXPECT_EQ(status(second.id), JobStatus::dead) << "only what is completed goes";
}

TEST_P(FlowTest, GoneOnceCompletedGoesWithTheJobHoweverItIsAdded) {
  const NewJob plain{.name = "a", .remove_completed = true};
  NewJob once = plain;
  once.idempotency_key = "k";
  queue.add(plain);
  queue.add(once);
  once.idempotency_key = "l";
  queue.add_batch({plain});
  queue.add_batch({once});
  queue.add_flow({.job = {.name = "parent", .remove_completed = true}, .children = {{.job = plain}}});
  while (true) {
    const auto jobs = claim();
    if (jobs.empty()) break;
    for (const Job& one : jobs) EXPECT_TRUE(queue.complete(one.key()));
  }
  EXPECT_THAT(queue.list(), IsEmpty());
}

TEST_P(FlowTest, AChildThatIsGoneOnceCompletedStaysUntilItsParentIsCompleted) {
  Flow flow = job("parent", {job("parent", {job("a"), job("b")}), job("b")});
  flow.children[0].job.remove_completed = flow.children[0].children[0].job.remove_completed = true;
  const auto ids = queue.add_flow(flow);
  const auto leaves = claim();
  ASSERT_THAT(leaves, SizeIs(3));
  for (const Job& leaf : leaves) EXPECT_TRUE(queue.complete(leaf.key(), "1"));
  EXPECT_EQ(queue.children(ids[1]).size(), 2U);
  const Job inner = claim_one();
  EXPECT_EQ(inner.id, ids[1]);
  EXPECT_FALSE(queue.complete({.id = inner.id, .epoch = inner.lock_epoch - 1}));
  EXPECT_EQ(queue.children(ids[1]).size(), 2U) << "the fence holds for what goes along, too";
  EXPECT_TRUE(queue.complete(inner.key(), "2"));
  EXPECT_FALSE(queue.get(ids[2])) << "it goes with its parent";
  EXPECT_TRUE(queue.get(ids[3])) << "its sibling wasn't to go";
  const Job root = claim_one();
  EXPECT_THAT(queue.children(root.id).at(0).result, "2");
  EXPECT_TRUE(queue.complete(root.key()));
  EXPECT_FALSE(queue.get(ids[1]));
  EXPECT_TRUE(queue.get(ids[0]));
}
