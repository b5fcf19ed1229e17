#include "poolguard/queue.hpp"

#include <future>
#include <set>

#include <gmock/gmock.h>

#include "fixtures.hpp"
#include "poolguard/errors.hpp"
#include "support/eventually.hpp"

using namespace poolguard;
using namespace poolguard::test;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

class QueueTest : public QueueOverEveryEngine {
 protected:
  std::vector<Job> claim(std::size_t limit = 1, std::chrono::milliseconds lease = 60s, std::string worker = "w") {
    return queue.claim({.worker = std::move(worker), .queue = "default", .names = {"a", "b"}, .limit = limit, .lease = lease});
  }
  Job claim_one(std::chrono::milliseconds lease = 60s, const std::string& worker = "w") {
    const auto jobs = claim(1, lease, worker);
    EXPECT_EQ(jobs.size(), 1U);
    return jobs.empty() ? Job{} : jobs.front();
  }
  JobStatus status(JobId id) { return queue.get(id)->status; }
  /// Puts a job's lease into the past: no test waits for a lease.
  void expire(JobId id) {
    engine.execute("UPDATE poolguard_jobs SET lock_until = clock_timestamp() - interval '1 hour' WHERE id = $1::bigint", {id});
  }
};

}  // namespace

INSTANTIATE_TEST_SUITE_P(Ways, QueueTest, every_way(), way_name);

TEST_P(QueueTest, AnAddedJobWaits) {
  const JobId id = queue.add({.name = "a", .payload = R"({"k": [1, "x"]})", .queue = "mail", .priority = 5, .max_attempts = 7});
  const auto job = queue.get(id);
  ASSERT_TRUE(job);
  EXPECT_EQ(job->status, JobStatus::waiting);
  EXPECT_EQ(job->payload, R"({"k": [1, "x"]})");
  EXPECT_EQ(job->queue, "mail");
  EXPECT_EQ(job->priority, 5);
  EXPECT_EQ(job->max_attempts, 7);
  EXPECT_EQ(job->lock_epoch, 0);
  EXPECT_FALSE(queue.get(id + 1));
}

TEST_P(QueueTest, APayloadThatIsNotJsonIsATypedError) {
  for (const char* payload : {"", "{", "nope", "{'a': 1}", R"("\u0000")", "\"\xFF\""}) {
    EXPECT_THROW(queue.add({.name = "a", .payload = payload}), PayloadError) << payload;
  }
  EXPECT_THAT(queue.list(), IsEmpty());
}

TEST_P(QueueTest, AClaimOpensALeaseUnderANewEpoch) {
  const JobId id = queue.add({.name = "a"});
  const Job job = claim_one(60s, "ada");
  EXPECT_EQ(job.id, id);
  EXPECT_EQ(job.status, JobStatus::active);
  EXPECT_EQ(job.lock_epoch, 1);
  EXPECT_EQ(job.locked_by, "ada");
  const auto left = engine.execute("SELECT extract(epoch FROM lock_until - clock_timestamp())::bigint AS s FROM poolguard_jobs").number(0, "s");
  EXPECT_GT(left, 30);
  EXPECT_LE(left, 60);
  EXPECT_THAT(claim(), IsEmpty());
}

TEST_P(QueueTest, AClaimTakesWhatIsDueOfItsQueueAndNamesByPriority) {
  queue.add({.name = "a", .payload = "1"});
  queue.add({.name = "a", .payload = "2", .priority = 9});
  queue.add({.name = "other"});
  queue.add({.name = "a", .queue = "elsewhere"});
  queue.add({.name = "a", .delay = 1h});
  std::set<std::string> payloads;
  const auto first = claim(1);
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].payload, "2");
  const auto rest = claim(10);
  ASSERT_EQ(rest.size(), 1U);
  EXPECT_EQ(rest[0].payload, "1");
  EXPECT_THAT(queue.claim({.worker = "w", .names = {}}), IsEmpty());
}

TEST_P(QueueTest, NoJobIsClaimedTwiceByManyWorkers) {
  constexpr int kJobs = 60;
  for (int i = 0; i < kJobs; ++i) queue.add({.name = "a"});
  std::vector<std::future<std::vector<JobId>>> workers;
  for (int i = 0; i < 6; ++i) {
    workers.push_back(std::async(std::launch::async, [this] {
      std::vector<JobId> mine;
      for (auto jobs = claim(3); !jobs.empty(); jobs = claim(3)) {
        for (const Job& job : jobs) mine.push_back(job.id);
      }
      return mine;
    }));
  }
  std::vector<JobId> all;
  for (auto& worker : workers) {
    const std::vector<JobId> mine = worker.get();
    all.insert(all.end(), mine.begin(), mine.end());
  }
  EXPECT_EQ(all.size(), static_cast<std::size_t>(kJobs));
  EXPECT_EQ(std::set<JobId>(all.begin(), all.end()).size(), static_cast<std::size_t>(kJobs));
}

TEST_P(QueueTest, OneRenewalExtendsAllLeasesThatHold) {
  queue.add({.name = "a"});
  queue.add({.name = "a"});
  const auto jobs = claim(2, 1s);
  ASSERT_EQ(jobs.size(), 2U);
  const LeaseKey stale{.id = jobs[1].id, .epoch = jobs[1].lock_epoch - 1};
  EXPECT_THAT(queue.renew({jobs[0].key(), stale}, {60s}), ElementsAre(jobs[0].key()));
  const auto far = engine.execute("SELECT count(*) AS n FROM poolguard_jobs WHERE lock_until > clock_timestamp() + interval '30 s'");
  EXPECT_EQ(far.number(0, "n"), 1) << "only the one whose epoch matched";
  EXPECT_THAT(queue.renew({}, {60s}), IsEmpty());
}

TEST_P(QueueTest, VerifyReadsWhichLeasesHold) {
  queue.add({.name = "a"});
  const Job job = claim_one();
  const LeaseKey stale{.id = job.id, .epoch = job.lock_epoch - 1};
  EXPECT_THAT(queue.verify({job.key(), stale}), ElementsAre(job.key()));
}

TEST_P(QueueTest, CompleteEndsAJobWithItsResult) {
  queue.add({.name = "a"});
  const Job job = claim_one();
  EXPECT_THROW((void)queue.complete(job.key(), "nope"), PayloadError);
  EXPECT_TRUE(queue.complete(job.key(), R"({"ok": true})"));
  const auto done = queue.get(job.id);
  EXPECT_EQ(done->status, JobStatus::completed);
  EXPECT_EQ(done->result, R"({"ok": true})");
  EXPECT_NE(done->finished_at, "");
  EXPECT_EQ(done->locked_by, "");
  EXPECT_FALSE(queue.complete(job.key())) << "once";
}

TEST_P(QueueTest, FailPutsTheJobBackWithADelayUntilItsAttemptsAreUsedUp) {
  const JobId id = queue.add({.name = "a", .max_attempts = 2});
  const auto first = queue.fail(claim_one().key(), "first \xFF", 1h);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->status, JobStatus::waiting);
  EXPECT_EQ(first->attempts, 1);
  EXPECT_EQ(queue.get(id)->last_error, "first ?");
  EXPECT_THAT(claim(), IsEmpty()) << "it has to wait";
  engine.execute("UPDATE poolguard_jobs SET run_at = clock_timestamp()");
  const auto second = queue.fail(claim_one().key(), "second", 0ms);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->status, JobStatus::dead);
  EXPECT_THAT(claim(), IsEmpty());
}

TEST_P(QueueTest, NoTextOfAJobBecomesSql) {
  const std::string text = R"(a'"\)"
                           "\n'); DELETE FROM poolguard_jobs; --{},NULL";
  const JobId id = queue.add({.name = text, .queue = text, .max_attempts = 1, .idempotency_key = text});
  const auto claimed = queue.claim({.worker = text, .queue = text, .names = {text, "b"}, .limit = 1, .lease = 60s});
  ASSERT_EQ(claimed.size(), 1U);
  EXPECT_EQ(claimed.front().name, text);
  ASSERT_TRUE(queue.fail(claimed.front().key(), text, 0ms));
  const auto job = queue.get(id);
  ASSERT_TRUE(job);
  EXPECT_EQ(job->queue, text);
  EXPECT_EQ(job->last_error, text);
}

TEST_P(QueueTest, ReleaseCountsNoAttempt) {
  queue.add({.name = "a", .max_attempts = 1});
  EXPECT_TRUE(queue.release(claim_one().key(), "going down"));
  const Job again = claim_one();
  EXPECT_EQ(again.attempts, 0);
  EXPECT_EQ(again.lock_epoch, 2);
}

TEST_P(QueueTest, AStaleOwnerWritesNothing) {
  queue.add({.name = "a"});
  const Job stale = claim_one(60s, "old");
  expire(stale.id);
  EXPECT_EQ(queue.sweep_stalled(0ms, 5).requeued, 1U);
  const Job taken = claim_one(60s, "new");
  EXPECT_GT(taken.lock_epoch, stale.lock_epoch);
  EXPECT_FALSE(queue.complete(stale.key(), "1"));
  EXPECT_FALSE(queue.fail(stale.key(), "x", 0ms));
  EXPECT_FALSE(queue.release(stale.key(), "x"));
  EXPECT_THAT(queue.renew({stale.key()}, {60s}), IsEmpty());
  EXPECT_THAT(queue.verify({stale.key()}), IsEmpty());
  const auto now = queue.get(taken.id);
  EXPECT_EQ(now->status, JobStatus::active);
  EXPECT_EQ(now->locked_by, "new");
  EXPECT_TRUE(queue.complete(taken.key()));
}

TEST_P(QueueTest, TheSweepTakesOnlyExpiredLeasesAfterTheirGrace) {
  queue.add({.name = "a"});
  queue.add({.name = "a"});
  const auto jobs = claim(2);
  ASSERT_EQ(jobs.size(), 2U);
  expire(jobs[0].id);
  EXPECT_EQ(queue.sweep_stalled(2h, 5).requeued, 0U) << "still in its grace";
  EXPECT_EQ(queue.sweep_stalled(30min, 5).requeued, 1U);
  EXPECT_EQ(status(jobs[0].id), JobStatus::waiting);
  EXPECT_EQ(status(jobs[1].id), JobStatus::active);
  EXPECT_EQ(queue.get(jobs[0].id)->attempts, 0) << "a stall burns no attempt";
}

TEST_P(QueueTest, AJobThatStallsTooOftenIsDead) {
  const JobId id = queue.add({.name = "a"});
  for (int i = 0; i < 2; ++i) {
    expire(claim_one().id);
    EXPECT_EQ(queue.sweep_stalled(0ms, 2).requeued, 1U);
  }
  expire(claim_one().id);
  EXPECT_EQ(queue.sweep_stalled(0ms, 2).dead, 1U);
  EXPECT_EQ(status(id), JobStatus::dead);
}

TEST_P(QueueTest, ListsAndCounts) {
  queue.add({.name = "a"});
  queue.add({.name = "a", .queue = "q2"});
  queue.add({.name = "a", .delay = 1h});
  const Job job = claim_one();
  EXPECT_EQ(queue.list().size(), 3U);
  EXPECT_EQ(queue.list({.queue = "q2", .status = {}}).size(), 1U);
  EXPECT_EQ(queue.list({.queue = {}, .status = JobStatus::active}).at(0).id, job.id);
  EXPECT_EQ(queue.list({.queue = {}, .status = {}, .limit = 2}).size(), 2U);
  expire(job.id);
  const QueueStats stats = queue.stats();
  EXPECT_EQ(stats.by_status.at(JobStatus::waiting), 2);
  EXPECT_EQ(stats.by_status.at(JobStatus::active), 1);
  EXPECT_EQ(stats.ready, 1);
  EXPECT_EQ(stats.expired_leases, 1);
  EXPECT_TRUE(stats.oldest_ready);
  EXPECT_EQ(queue.stats("default").by_status.at(JobStatus::waiting), 1);
}

TEST_P(QueueTest, ABatchIsCompletedByOneStatementAndFencedJobByJob) {
  for (int i = 0; i < 4; ++i) queue.add({.name = "a"});
  queue.add({.name = "a", .remove_completed = true});
  const std::vector<Job> jobs = claim(5);
  ASSERT_EQ(jobs.size(), 5U);
  expire(jobs[1].id);
  ASSERT_EQ(queue.sweep_stalled(0ms, 5).requeued, 1U);
  const Job taken = claim_one();
  ASSERT_EQ(taken.id, jobs[1].id);
  std::vector<Completion> completions;
  for (const Job& job : jobs) completions.push_back({.key = job.key()});
  completions[2].result = R"({"n": 2})";
  const std::vector<LeaseKey> done = queue.complete_batch(completions);
  EXPECT_THAT(done, testing::UnorderedElementsAre(jobs[0].key(), jobs[2].key(), jobs[3].key()));
  EXPECT_EQ(queue.get(jobs[2].id)->result, R"({"n": 2})");
  EXPECT_EQ(queue.get(jobs[0].id)->result, "");
  EXPECT_EQ(status(taken.id), JobStatus::active) << "it is somebody else's";
  EXPECT_EQ(status(jobs[4].id), JobStatus::active) << "that one is complete()'s";
  EXPECT_THAT(queue.complete_batch(completions), IsEmpty()) << "once";
  EXPECT_THAT(queue.complete_batch({}), IsEmpty());
}

TEST_P(QueueTest, ABatchWithAResultThatCannotBeStoredCompletesNone) {
  queue.add({.name = "a"});
  queue.add({.name = "a"});
  const std::vector<Job> jobs = claim(2);
  for (const char* result : {"nope", R"("\u0000")"}) {
    EXPECT_THROW((void)queue.complete_batch({{.key = jobs[0].key()}, {.key = jobs[1].key(), .result = result}}), PayloadError) << result;
  }
  EXPECT_EQ(status(jobs[0].id), JobStatus::active);
}

TEST_P(QueueTest, AClaimOfManyIsInTheOrderOfTheirPriorities) {
  for (int i = 0; i < 30; ++i) queue.add({.name = "a", .priority = i * 7 % 30});
  const std::vector<Job> jobs = claim(20);
  ASSERT_EQ(jobs.size(), 20U);
  for (std::size_t i = 0; i < jobs.size(); ++i) EXPECT_EQ(jobs[i].priority, 29 - static_cast<int>(i));
}

TEST(QueueLocks, ABatchLeavesOutWhatAnotherTransactionHasLocked) {
  const World world(Way::direct);
  Queue queue(world.engine());
  queue.migrate();
  queue.add({.name = "a"});
  queue.add({.name = "a"});
  const auto jobs = queue.claim({.worker = "w", .queue = "default", .names = {"a"}, .limit = 2});
  ASSERT_EQ(jobs.size(), 2U);
  world.engine().transaction([&](TransactionEngine& open) {
    open.execute("SELECT FROM poolguard_jobs WHERE id = $1::bigint FOR UPDATE", {jobs[0].id});
    EXPECT_THAT(queue.complete_batch({{.key = jobs[0].key()}, {.key = jobs[1].key()}}, {.timeout = 10s, .stop = {}}), ElementsAre(jobs[1].key()));
  });
}
