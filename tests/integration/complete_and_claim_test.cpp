// The statement that ends jobs and claims the next ones: each half as the statement that it has it from.
#include "poolguard/queue.hpp"

#include <gmock/gmock.h>

#include "fixtures.hpp"
#include "poolguard/errors.hpp"
#include "queue/sql.hpp"

using namespace poolguard;
using namespace poolguard::test;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

namespace {

class CompleteAndClaim : public QueueOverEveryEngine {
 protected:
  ClaimRequest request(std::size_t limit = 1) { return {.worker = "w", .names = {"a", "b"}, .limit = limit, .lease = 60s}; }
  std::vector<Job> claim(std::size_t limit = 1) { return queue.claim(request(limit)); }
  Job claim_one() {
    const auto jobs = claim();
    EXPECT_EQ(jobs.size(), 1U);
    return jobs.empty() ? Job{} : jobs.front();
  }
  JobStatus status(JobId id) { return queue.get(id)->status; }
  static std::vector<JobId> ids(const std::vector<Job>& jobs) {
    std::vector<JobId> ids;
    for (const Job& job : jobs) ids.push_back(job.id);
    return ids;
  }
};

/// What a statement claims: from what is next to what it returns of it.
std::string_view claim_in(std::string_view sql) {
  const auto begin = sql.find("next AS (");
  const auto end = sql.find("\nSELECT claimed.*");
  return begin < end && end != std::string_view::npos ? sql.substr(begin, end - begin) : std::string_view();
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(Ways, CompleteAndClaim, every_way(), way_name);

TEST(CompleteAndClaimSql, ItsClaimIsThatOfTheClaim) {
  EXPECT_NE(claim_in(sql::kClaim), "");
  EXPECT_EQ(claim_in(sql::kCompleteAndClaim), claim_in(sql::kClaim));
}

TEST_P(CompleteAndClaim, OneStatementDoesBoth) {
  const JobId first = queue.add({.name = "a"});
  const JobId second = queue.add({.name = "b", .payload = "2"});
  const Job job = claim_one();
  ASSERT_EQ(job.id, first);
  const CompletedAndClaimed done = queue.complete_and_claim({{.key = job.key(), .result = R"({"n": 1})"}}, request());
  EXPECT_THAT(done.completed, ElementsAre(job.key()));
  ASSERT_THAT(ids(done.claimed), ElementsAre(second));
  EXPECT_EQ(done.claimed[0].payload, "2");
  EXPECT_EQ(done.claimed[0].lock_epoch, 1);
  EXPECT_EQ(done.claimed[0].locked_by, "w");
  EXPECT_EQ(queue.get(first)->status, JobStatus::completed);
  EXPECT_EQ(queue.get(first)->result, R"({"n": 1})");
  EXPECT_EQ(queue.get(first)->locked_by, "");
  EXPECT_EQ(status(second), JobStatus::active);
  EXPECT_THAT(queue.verify({job.key(), done.claimed[0].key()}), ElementsAre(done.claimed[0].key()));
}

TEST_P(CompleteAndClaim, WhereNothingIsDueItCompletes) {
  queue.add({.name = "a"});
  queue.add({.name = "a", .delay = 1h});
  queue.add({.name = "other"});
  const Job job = claim_one();
  const CompletedAndClaimed done = queue.complete_and_claim({{.key = job.key()}}, request());
  EXPECT_THAT(done.completed, ElementsAre(job.key()));
  EXPECT_THAT(done.claimed, IsEmpty());
  EXPECT_EQ(queue.get(job.id)->result, "");
}

TEST_P(CompleteAndClaim, ALeaseThatWasLostCompletesNothingAndTheClaimIsMadeAllTheSame) {
  const JobId first = queue.add({.name = "a", .priority = 1});
  const JobId second = queue.add({.name = "a"});
  const Job stale = claim_one();
  ASSERT_EQ(stale.id, first);
  engine.execute("UPDATE poolguard_jobs SET lock_until = clock_timestamp() - interval '1 hour' WHERE id = $1::bigint", {first});
  ASSERT_EQ(queue.sweep_stalled(0ms, 5).requeued, 1U);
  const Job current = claim_one();
  ASSERT_EQ(current.id, first);
  const CompletedAndClaimed done = queue.complete_and_claim({{.key = stale.key()}}, request());
  EXPECT_THAT(done.completed, IsEmpty());
  EXPECT_THAT(ids(done.claimed), ElementsAre(second));
  EXPECT_EQ(status(first), JobStatus::active) << "it is somebody else's";
  EXPECT_THAT(queue.verify({current.key()}), ElementsAre(current.key()));
  EXPECT_THAT(queue.complete_and_claim({{.key = stale.key()}, {.key = current.key()}}, request()).completed, ElementsAre(current.key()));
}

TEST_P(CompleteAndClaim, ManyAreCompletedJobByJobAndClaimedByPriority) {
  for (int i = 0; i < 12; ++i) queue.add({.name = "a", .priority = i < 3 ? 100 : i});
  const std::vector<Job> jobs = claim(3);
  ASSERT_EQ(jobs.size(), 3U);
  ASSERT_TRUE(queue.release(jobs[1].key(), "no", 1h));
  std::vector<Completion> completions;
  for (const Job& job : jobs) completions.push_back({.key = job.key()});
  const CompletedAndClaimed done = queue.complete_and_claim(completions, request(4));
  EXPECT_THAT(done.completed, UnorderedElementsAre(jobs[0].key(), jobs[2].key()));
  std::vector<std::int32_t> priorities;
  for (const Job& job : done.claimed) priorities.push_back(job.priority);
  EXPECT_THAT(priorities, ElementsAre(11, 10, 9, 8));
  EXPECT_EQ(status(jobs[1].id), JobStatus::waiting);
}

TEST_P(CompleteAndClaim, EitherHalfMayBeEmpty) {
  const JobId first = queue.add({.name = "a"});
  queue.add({.name = "a"});
  (void)queue.claim({.worker = "w", .names = {"nobody's"}});  // it knows of no limits now
  const CompletedAndClaimed claimed = queue.complete_and_claim({}, request());
  EXPECT_THAT(ids(claimed.claimed), ElementsAre(first));
  const CompletedAndClaimed completed = queue.complete_and_claim({{.key = claimed.claimed.at(0).key()}}, request(0));
  EXPECT_THAT(completed.completed, ElementsAre(claimed.claimed.at(0).key()));
  EXPECT_THAT(completed.claimed, IsEmpty());
}

TEST_P(CompleteAndClaim, WhatIsPausedIsNotClaimed) {
  queue.add({.name = "a"});
  const JobId waits = queue.add({.name = "a"});
  const JobId alone = queue.add({.name = "b"});
  const Job job = claim_one();
  queue.pause("default", "a");
  ASSERT_TRUE(queue.pause(alone));
  const CompletedAndClaimed done = queue.complete_and_claim({{.key = job.key()}}, request(5));
  EXPECT_THAT(done.completed, ElementsAre(job.key())) << "a pause is for what waits";
  EXPECT_THAT(done.claimed, IsEmpty());
  queue.resume("default", "a");
  EXPECT_THAT(ids(queue.complete_and_claim({}, request(5)).claimed), ElementsAre(waits));
}

TEST_P(CompleteAndClaim, WithinLimitsItDoesNothing) {
  queue.add({.name = "a"});
  queue.add({.name = "a"});
  const JobId free = queue.add({.name = "b"});
  const Job job = claim_one();
  EXPECT_FALSE(queue.there_are_limits());
  Queue other(engine);
  other.set_limits("default", "a", {.active = 1});
  // It hears of them by this: the end would have to notify, and the claim doesn't know how many are active.
  const CompletedAndClaimed hears = queue.complete_and_claim({{.key = job.key()}}, request(5));
  EXPECT_THAT(hears.completed, IsEmpty());
  EXPECT_THAT(ids(hears.claimed), ElementsAre(free));
  EXPECT_TRUE(queue.there_are_limits());
  const CompletedAndClaimed knows = queue.complete_and_claim({{.key = job.key()}, {.key = hears.claimed.at(0).key()}}, request(5));
  EXPECT_THAT(knows.completed, IsEmpty());
  EXPECT_THAT(knows.claimed, IsEmpty());
  EXPECT_EQ(status(job.id), JobStatus::active);
  EXPECT_TRUE(queue.complete(job.key()));
  EXPECT_THAT(claim(5), testing::SizeIs(1));
}

TEST_P(CompleteAndClaim, WhatEndsWithConsequencesIsLeftToComplete) {
  const JobId removed = queue.add({.name = "a", .remove_completed = true});
  const std::vector<JobId> kept = queue.add_flow({.job = {.name = "b"}, .children = {{.job = {.name = "a"}}}});
  const std::vector<JobId> parent = queue.add_flow({.job = {.name = "b"}, .children = {{.job = {.name = "a", .remove_completed = true}}}});
  std::vector<Job> jobs = claim(5);
  ASSERT_THAT(ids(jobs), UnorderedElementsAre(removed, kept[1], parent[1]));
  std::vector<Completion> completions;
  for (const Job& job : jobs) completions.push_back({.key = job.key()});
  EXPECT_THAT(queue.complete_and_claim(completions, request(5)).completed, IsEmpty());
  for (const Job& job : jobs) EXPECT_TRUE(queue.complete(job.key())) << "complete() does it";
  EXPECT_FALSE(queue.get(removed));
  // Now the parents: one takes a child along when it goes, and one doesn't.
  jobs = claim(5);
  ASSERT_THAT(ids(jobs), UnorderedElementsAre(kept[0], parent[0]));
  const CompletedAndClaimed done = queue.complete_and_claim({{.key = jobs[0].key()}, {.key = jobs[1].key()}}, request(5));
  ASSERT_EQ(done.completed.size(), 1U);
  EXPECT_EQ(done.completed[0].id, kept[0]);
  EXPECT_EQ(status(parent[0]), JobStatus::active);
}

TEST_P(CompleteAndClaim, AResultThatCannotBeStoredCompletesAndClaimsNothing) {
  for (int i = 0; i < 3; ++i) queue.add({.name = "a"});
  const std::vector<Job> jobs = claim(2);
  ASSERT_EQ(jobs.size(), 2U);
  for (const char* result : {"nope", R"("\u0000")"}) {
    EXPECT_THROW((void)queue.complete_and_claim({{.key = jobs[0].key()}, {.key = jobs[1].key(), .result = result}}, request()), PayloadError)
        << result;
  }
  EXPECT_EQ(queue.stats().by_status.at(JobStatus::active), 2);
  EXPECT_EQ(queue.stats().by_status.at(JobStatus::waiting), 1);
}

TEST(CompleteAndClaimLocks, ItWaitsForNoRow) {
  const World world(Way::direct);
  Queue queue(world.engine());
  queue.migrate();
  for (int i = 0; i < 4; ++i) queue.add({.name = "a"});
  const ClaimRequest request{.worker = "w", .names = {"a"}, .limit = 2};
  const auto jobs = queue.claim(request);
  ASSERT_EQ(jobs.size(), 2U);
  world.engine().transaction([&](TransactionEngine& open) {
    open.execute("SELECT FROM poolguard_jobs WHERE id IN ($1::bigint, (SELECT min(id) FROM poolguard_jobs WHERE status = 'waiting')) FOR UPDATE",
                 {jobs[0].id});
    const CompletedAndClaimed done =
        queue.complete_and_claim({{.key = jobs[0].key()}, {.key = jobs[1].key()}}, request, {.timeout = 10s, .stop = {}});
    EXPECT_THAT(done.completed, ElementsAre(jobs[1].key()));
    EXPECT_THAT(done.claimed, testing::SizeIs(1));
  });
}
