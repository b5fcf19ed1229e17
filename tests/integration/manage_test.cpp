// Looking after a queue: cancel, pause, retry, replay, delete, prune; and the sweeps.
#include <gmock/gmock.h>

#include "fixtures.hpp"
#include "poolguard/errors.hpp"
#include "poolguard/queue.hpp"

using namespace poolguard;
using namespace poolguard::test;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

class ManageTest : public QueueOverEveryEngine {
 protected:
  std::vector<Job> claim(std::size_t limit = 10) { return queue.claim({.worker = "w", .names = {"a", "b"}, .limit = limit, .lease = 60s}); }
  Job claim_one() {
    const auto jobs = claim(1);
    EXPECT_EQ(jobs.size(), 1U);
    return jobs.empty() ? Job{} : jobs.front();
  }
  JobStatus status(JobId id) { return queue.get(id)->status; }
  void earlier(JobId id, const std::string& column, const std::string& by) {
    engine.execute("UPDATE poolguard_jobs SET " + column + " = " + column + " - $2::interval WHERE id = $1::bigint", {id, by});
  }
  JobId make_dead(NewJob job = {.name = "a"}) {
    const JobId id = queue.add(job);
    EXPECT_TRUE(queue.fail_for_good(claim_one().key(), "broken"));
    return id;
  }
  std::int64_t lease_seconds(JobId id) {
    return engine
        .execute("SELECT round(extract(epoch FROM lock_until - clock_timestamp()))::bigint AS s FROM poolguard_jobs WHERE id = $1::bigint", {id})
        .number(0, "s");
  }
};

}  // namespace

INSTANTIATE_TEST_SUITE_P(Ways, ManageTest, every_way(), way_name);

TEST_P(ManageTest, AWaitingJobIsCancelledAtOnceAndFreesItsKey) {
  const JobId id = queue.add({.name = "a", .idempotency_key = "k"});
  EXPECT_EQ(queue.cancel(id), CancelOutcome::cancelled);
  EXPECT_EQ(status(id), JobStatus::cancelled);
  EXPECT_NE(queue.get(id)->finished_at, "");
  EXPECT_EQ(queue.cancel(id), CancelOutcome::too_late);
  EXPECT_EQ(queue.cancel(id + 100), CancelOutcome::too_late);
  EXPECT_TRUE(queue.add({.name = "a", .idempotency_key = "k"}).is_new);
}

TEST_P(ManageTest, ACancelOfARunningJobComesWithItsRenewal) {
  const JobId id = queue.add({.name = "a"});
  const Job job = claim_one();
  EXPECT_FALSE(queue.renew({job.key()}, {60s}).at(0).cancel_requested);
  EXPECT_EQ(queue.cancel(id), CancelOutcome::requested);
  EXPECT_EQ(status(id), JobStatus::active) << "its owner ends it";
  EXPECT_TRUE(queue.renew({job.key()}, {60s}).at(0).cancel_requested);
  EXPECT_TRUE(queue.release(job.key(), "cancelled"));
  EXPECT_EQ(status(id), JobStatus::cancelled);
}

TEST_P(ManageTest, ACancelHoldsHoweverTheRunEnds) {
  const auto run = [&] {
    queue.add({.name = "a"});
    Job job = claim_one();
    EXPECT_EQ(queue.cancel(job.id), CancelOutcome::requested);
    return job;
  };
  const Job failed = run();
  EXPECT_EQ(queue.fail(failed.key(), "x", 0ms)->status, JobStatus::cancelled);
  const Job stalled = run();
  earlier(stalled.id, "lock_until", "1 h");
  EXPECT_EQ(queue.sweep_stalled(0ms, 5).cancelled, 1U);
  EXPECT_EQ(status(stalled.id), JobStatus::cancelled);
  const Job done = run();
  EXPECT_TRUE(queue.complete(done.key()));
  EXPECT_EQ(status(done.id), JobStatus::completed) << "it was quicker";
}

TEST_P(ManageTest, APausedJobIsNotClaimed) {
  const JobId id = queue.add({.name = "a"});
  EXPECT_TRUE(queue.pause(id));
  EXPECT_THAT(claim(), IsEmpty());
  EXPECT_EQ(queue.stats().paused, 1);
  EXPECT_EQ(queue.stats().ready, 0);
  EXPECT_TRUE(queue.resume(id));
  EXPECT_TRUE(queue.complete(claim_one().key()));
  EXPECT_FALSE(queue.pause(id)) << "it has ended";
}

TEST_P(ManageTest, APausedNameOrQueueIsNotClaimed) {
  queue.add({.name = "a"});
  queue.add({.name = "b"});
  queue.pause("default", "a");
  EXPECT_TRUE(queue.is_paused("default", "a"));
  EXPECT_FALSE(queue.is_paused("other", "a"));
  EXPECT_EQ(claim().at(0).name, "b");
  EXPECT_THAT(claim(), IsEmpty());
  queue.resume("default", "a");
  queue.pause("default", "");
  EXPECT_TRUE(queue.is_paused("default", "a")) << "with its queue";
  EXPECT_THAT(claim(), IsEmpty());
  queue.set_waiting_quota("default", "", {});
  EXPECT_THAT(claim(), IsEmpty()) << "another setting leaves the pause alone";
  queue.resume("default", "");
  EXPECT_EQ(claim().size(), 1U);
}

TEST_P(ManageTest, ADeadJobRunsAgainFromItsFirstAttempt) {
  const JobId id = make_dead({.name = "a", .max_attempts = 1, .idempotency_key = "k"});
  const std::int64_t epoch = queue.get(id)->lock_epoch;
  EXPECT_TRUE(queue.retry(id));
  EXPECT_EQ(queue.get(id)->attempts, 0);
  EXPECT_GT(queue.get(id)->lock_epoch, epoch);
  EXPECT_FALSE(queue.add({.name = "a", .idempotency_key = "k"}).is_new) << "it has its key again";
  const Job job = claim_one();
  EXPECT_FALSE(queue.retry(id)) << "it runs";
  EXPECT_TRUE(queue.complete(job.key()));
  EXPECT_FALSE(queue.retry(id)) << "it is completed";
}

TEST_P(ManageTest, ARetryWhoseKeyIsTakenSaysSo) {
  const JobId id = make_dead({.name = "a", .idempotency_key = "k"});
  queue.add({.name = "a", .idempotency_key = "k"});
  EXPECT_THROW(queue.retry(id), KeyTakenError);
  EXPECT_EQ(status(id), JobStatus::dead);
}

TEST_P(ManageTest, ARetryOfAWaitingJobRunsItAtOnce) {
  const JobId id = queue.add({.name = "a", .delay = 1h});
  EXPECT_THAT(claim(), IsEmpty());
  EXPECT_TRUE(queue.retry(id));
  EXPECT_EQ(claim_one().id, id);
}

TEST_P(ManageTest, AReplayIsANewJobWithChangesBesideTheDeadOne) {
  const JobId dead = make_dead({.name = "a", .payload = R"({"v": 1})", .priority = 4, .max_attempts = 7, .idempotency_key = "k",
                                .lease = 90s, .timeout = 7s, .backoff = Backoff{.initial = 3s, .kind = BackoffKind::fixed}});
  const auto again = queue.replay(dead, {.payload = R"({"v": 2})", .name = "b"});
  ASSERT_TRUE(again);
  const auto job = queue.get(*again);
  EXPECT_EQ(job->payload, R"({"v": 2})");
  EXPECT_EQ(job->name, "b");
  EXPECT_EQ(job->priority, 4);
  EXPECT_EQ(job->max_attempts, 7);
  EXPECT_EQ(job->replay_of, dead);
  EXPECT_EQ(job->lease, 90s);
  EXPECT_EQ(job->timeout, 7s);
  ASSERT_TRUE(job->backoff);
  EXPECT_EQ(job->backoff->kind, BackoffKind::fixed);
  EXPECT_EQ(job->backoff->initial, 3s);
  EXPECT_EQ(status(dead), JobStatus::dead);
  EXPECT_EQ(queue.list({.queue = {}, .status = JobStatus::dead}).size(), 1U) << "dead letters are listed";
  EXPECT_FALSE(queue.replay(*again)) << "it isn't dead";
  EXPECT_THROW(queue.replay(dead, {.payload = "nope"}), PayloadError);
}

TEST_P(ManageTest, OnlyWhatDoesNotRunIsRemoved) {
  const JobId id = queue.add({.name = "a"});
  const Job job = claim_one();
  EXPECT_FALSE(queue.remove(id));
  EXPECT_TRUE(queue.complete(job.key()));
  EXPECT_TRUE(queue.remove(id));
  EXPECT_FALSE(queue.get(id));
  EXPECT_FALSE(queue.remove(id));
}

TEST_P(ManageTest, PruneDeletesOldEndsInBatches) {
  constexpr std::size_t kJobs = 7;
  queue.add_batch(std::vector<NewJob>(kJobs, {.name = "a"}));
  for (const Job& job : claim()) EXPECT_TRUE(queue.complete(job.key()));
  const JobId dead = make_dead();
  const JobId waits = queue.add({.name = "a"});
  EXPECT_EQ(queue.prune({.older_than = 1h}), 0U) << "too young";
  EXPECT_EQ(queue.prune({.older_than = 0ms, .queue = "other"}), 0U);
  EXPECT_EQ(queue.prune({.older_than = 0ms, .batch = 3}), kJobs);
  EXPECT_EQ(queue.prune({.older_than = 0ms, .statuses = {JobStatus::dead, JobStatus::cancelled}}), 1U);
  EXPECT_FALSE(queue.get(dead));
  EXPECT_EQ(status(waits), JobStatus::waiting);
  EXPECT_THROW(queue.prune({.statuses = {JobStatus::active}}), ConfigError);
  EXPECT_THROW(queue.prune({.batch = 0}), ConfigError);
}

TEST_P(ManageTest, AJobsOwnLeaseComesBeforeTheWorkersButIsNeverTooShortForIt) {
  const JobId usual = queue.add({.name = "a", .priority = 2});
  const JobId longer = queue.add({.name = "a", .priority = 1, .lease = 600s});
  const JobId shorter = queue.add({.name = "a", .lease = 5s});
  const auto jobs = queue.claim({.worker = "w", .names = {"a"}, .limit = 3, .lease = 60s, .shortest_lease = 20s});
  ASSERT_EQ(jobs.size(), 3U);
  EXPECT_NEAR(static_cast<double>(lease_seconds(usual)), 60, 15);
  EXPECT_NEAR(static_cast<double>(lease_seconds(longer)), 600, 15);
  EXPECT_NEAR(static_cast<double>(lease_seconds(shorter)), 20, 15);
  EXPECT_EQ(queue.renew({jobs[0].key(), jobs[1].key(), jobs[2].key()}, {120s, 100s}).size(), 3U);
  EXPECT_NEAR(static_cast<double>(lease_seconds(usual)), 120, 15);
  EXPECT_NEAR(static_cast<double>(lease_seconds(longer)), 600, 15);
  EXPECT_NEAR(static_cast<double>(lease_seconds(shorter)), 100, 15);
  EXPECT_THROW(queue.add({.name = "a", .lease = 4999ms}), ConfigError);
  EXPECT_THROW(queue.add({.name = "a", .lease = 2h}), ConfigError);
}

TEST_P(ManageTest, ABatchKeepsLeaseTimeoutDeadlineAndBackoffBothWays) {
  for (const bool once : {false, true}) {
    NewJob job{.name = "a", .lease = 40s, .timeout = 20s, .deadline = 1h, .backoff = Backoff{.initial = 2s, .kind = BackoffKind::decorrelated}};
    if (once) job.idempotency_key = "k";
    const JobId id = queue.add_batch({job}).at(0).value();
    const Job claimed = claim_one();
    EXPECT_EQ(claimed.id, id);
    EXPECT_EQ(claimed.lease, 40s);
    EXPECT_EQ(claimed.timeout, 20s);
    EXPECT_EQ(claimed.run_limit, 20s);
    ASSERT_TRUE(claimed.backoff);
    EXPECT_EQ(claimed.backoff->kind, BackoffKind::decorrelated);
    EXPECT_TRUE(queue.complete(claimed.key()));
  }
}

TEST_P(ManageTest, TheRunLimitIsWhatEndsFirst) {
  queue.add({.name = "a", .timeout = 2h, .deadline = 1h});
  const Job job = claim_one();
  ASSERT_TRUE(job.run_limit);
  EXPECT_LE(*job.run_limit, 1h);
  EXPECT_GT(*job.run_limit, 30min);
}

TEST_P(ManageTest, AnOverdueRunIsTakenFromItsOwnerAndCountsAsAnAttempt) {
  const JobId id = queue.add({.name = "a", .max_attempts = 2, .timeout = 10s});
  const Job first = claim_one();
  EXPECT_EQ(queue.sweep_overdue(0ms).all(), 0U) << "in time";
  earlier(id, "started_at", "20 s");
  EXPECT_EQ(queue.sweep_overdue(1h).all(), 0U) << "in its grace";
  EXPECT_EQ(queue.sweep_overdue(0ms).requeued, 1U);
  EXPECT_EQ(queue.get(id)->attempts, 1);
  EXPECT_THAT(queue.get(id)->last_error, HasSubstr("10000 ms"));
  EXPECT_FALSE(queue.complete(first.key())) << "the lease is over, though it was not";
  const Job second = claim_one();
  EXPECT_GT(second.lock_epoch, first.lock_epoch);
  earlier(id, "started_at", "20 s");
  EXPECT_EQ(queue.sweep_overdue(0ms).dead, 1U);
}

TEST_P(ManageTest, PastItsDeadlineAJobIsDeadWhateverItsState) {
  const JobId runs = queue.add({.name = "a", .max_attempts = 9, .deadline = 1h});
  (void)claim_one();
  const JobId waits = queue.add({.name = "a", .deadline = 1h});
  earlier(runs, "end_by", "2 h");
  earlier(waits, "end_by", "2 h");
  EXPECT_THAT(claim(), IsEmpty());
  EXPECT_EQ(queue.sweep_overdue(0ms).dead, 1U);
  EXPECT_EQ(queue.sweep_expired(), 1U);
  for (const JobId id : {runs, waits}) {
    EXPECT_EQ(status(id), JobStatus::dead);
    EXPECT_THAT(queue.get(id)->last_error, HasSubstr("deadline"));
  }
  EXPECT_TRUE(queue.retry(runs));
  EXPECT_EQ(claim_one().id, runs) << "a retry is not bound by the old deadline";
}

TEST_P(ManageTest, ProgressIsFenced) {
  queue.add({.name = "a"});
  const Job job = claim_one();
  EXPECT_TRUE(queue.report_progress(job.key(), R"({"done": 3})"));
  EXPECT_EQ(queue.get(job.id)->progress, R"({"done": 3})");
  EXPECT_FALSE(queue.report_progress({.id = job.id, .epoch = job.lock_epoch - 1}, "4"));
  EXPECT_THROW((void)queue.report_progress(job.key(), "nope"), PayloadError);
  EXPECT_EQ(queue.get(job.id)->progress, R"({"done": 3})");
}

TEST_P(ManageTest, AFailureForGoodLeavesNoAttempts) {
  const JobId id = queue.add({.name = "a", .max_attempts = 9});
  const auto outcome = queue.fail_for_good(claim_one().key(), "no such user");
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->status, JobStatus::dead);
  EXPECT_EQ(outcome->attempts, 1);
  EXPECT_EQ(queue.get(id)->last_error, "no such user");
}

TEST_P(ManageTest, AFailureRemembersItsDelayForTheNext) {
  const JobId id = queue.add({.name = "a"});
  ASSERT_TRUE(queue.fail(claim_one().key(), "x", 1234ms));
  EXPECT_EQ(queue.get(id)->last_delay, 1234ms);
}
