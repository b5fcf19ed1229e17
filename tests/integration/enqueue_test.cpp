// Adding jobs: times, keys, coalescing, batches, the caller's transaction, quotas.
#include <future>
#include <latch>
#include <set>

#include <gmock/gmock.h>
#include <pqxx/pqxx>

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

class EnqueueTest : public QueueOverEveryEngine {
 protected:
  std::vector<Job> claim(std::size_t limit = 10) { return queue.claim({.worker = "w", .names = {"a", "b"}, .limit = limit, .lease = 60s}); }
  std::int64_t seconds_until(JobId id, const char* column) {
    return engine
        .execute("SELECT extract(epoch FROM (to_jsonb(job) ->> $2)::timestamptz - clock_timestamp())::bigint AS s "
                 "FROM poolguard_jobs AS job WHERE id = $1::bigint",
                 {id, column})
        .number(0, "s");
  }
};

}  // namespace

INSTANTIATE_TEST_SUITE_P(Ways, EnqueueTest, every_way(), way_name);

TEST_P(EnqueueTest, RunAtIsAPointInTime) {
  const JobId later = queue.add({.name = "a", .run_at = std::chrono::system_clock::now() + 1h});
  const JobId past = queue.add({.name = "a", .run_at = std::chrono::system_clock::now() - 1h});
  EXPECT_NEAR(static_cast<double>(seconds_until(later, "run_at")), 3600.0, 60.0);
  const auto jobs = claim();
  ASSERT_EQ(jobs.size(), 1U);
  EXPECT_EQ(jobs[0].id, past);
}

TEST_P(EnqueueTest, AJobThatCannotBeIsRefusedByName) {
  const auto refused = [this](const NewJob& job, const char* why) {
    try {
      queue.add(job);
      FAIL() << why;
    } catch (const ConfigError& error) {
      EXPECT_THAT(error.what(), HasSubstr(why));
    }
  };
  refused({.name = ""}, "needs a name");
  refused({.name = "a", .queue = ""}, "needs a queue");
  refused({.name = "a", .max_attempts = 0}, "max_attempts");
  refused({.name = "a", .delay = -1ms}, "delay");
  refused({.name = "a", .delay = 1s, .run_at = std::chrono::system_clock::now()}, "not both");
  refused({.name = "a", .delay = 2s, .waiting_ttl = 1s}, "waiting TTL");
  refused({.name = "a", .idempotency_key = "k", .coalesce = true}, "not both");
  EXPECT_THAT(queue.list(), IsEmpty());
}

TEST_P(EnqueueTest, APayloadOverTheLimitIsRefusedAndOneAtItIsNot) {
  Queue small(engine, {.max_payload_bytes = 10});
  EXPECT_NO_THROW(small.add({.name = "a", .payload = "\"12345678\""}));
  EXPECT_THROW(small.add({.name = "a", .payload = "\"123456789\""}), PayloadError);
  EXPECT_THROW(small.add_batch({{.name = "a", .payload = "1"}, {.name = "a", .payload = "\"123456789\""}}), PayloadError);
  EXPECT_EQ(queue.list().size(), 1U);
  const auto jobs = claim();
  EXPECT_THROW((void)small.complete(jobs.at(0).key(), "\"123456789\""), PayloadError) << "results have the same limit";
}

TEST_P(EnqueueTest, AKeyGivesTheJobThatIsThereWhateverItsState) {
  const NewJob job{.name = "a", .payload = "1", .idempotency_key = "order-7"};
  const Added first = queue.add(job);
  EXPECT_TRUE(first.is_new);
  const auto again = [&] {
    const Added found = queue.add(job);
    EXPECT_FALSE(found.is_new);
    EXPECT_EQ(found.id, first.id);
  };
  again();
  const Job claimed = claim().at(0);
  again();
  ASSERT_TRUE(queue.complete(claimed.key()));
  again();
  NewJob elsewhere = job;
  elsewhere.queue = "other";
  EXPECT_TRUE(queue.add(elsewhere).is_new) << "a key is one queue's";
}

TEST_P(EnqueueTest, ADeadJobFreesItsKey) {
  const NewJob job{.name = "a", .max_attempts = 1, .idempotency_key = "k"};
  const JobId first = queue.add(job);
  ASSERT_TRUE(queue.fail(claim().at(0).key(), "no", 0ms));
  const Added second = queue.add(job);
  EXPECT_TRUE(second.is_new);
  EXPECT_NE(second.id, first);
}

TEST_P(EnqueueTest, OneKeyFromManyAtOnceIsOneJob) {
  constexpr int kAtOnce = 6;
  std::latch together(kAtOnce);
  std::vector<std::future<Added>> adds;
  for (int i = 0; i < kAtOnce; ++i) {
    adds.push_back(std::async(std::launch::async, [&] {
      together.arrive_and_wait();
      return queue.add({.name = "a", .idempotency_key = "k"});
    }));
  }
  std::set<JobId> ids;
  int fresh = 0;
  for (auto& add : adds) {
    const Added added = add.get();
    ids.insert(added.id);
    fresh += added.is_new ? 1 : 0;
  }
  EXPECT_EQ(ids.size(), 1U);
  EXPECT_EQ(fresh, 1);
}

TEST_P(EnqueueTest, CoalescingGivesTheJobOfThisPayloadThatHasNotBegun) {
  const JobId first = queue.add({.name = "a", .payload = R"({"x": 1, "y": 2})", .coalesce = true});
  EXPECT_EQ(queue.add({.name = "a", .payload = R"({"y":2,"x":1})", .coalesce = true}).id, first) << "as jsonb compares";
  EXPECT_TRUE(queue.add({.name = "a", .payload = R"({"x": 2})", .coalesce = true}).is_new);
  EXPECT_TRUE(queue.add({.name = "b", .payload = R"({"x": 1, "y": 2})", .coalesce = true}).is_new);
  EXPECT_TRUE(queue.add({.name = "a", .payload = R"({"x": 1, "y": 2})"}).is_new) << "who doesn't ask for it gets a job";
  const auto begun = claim(1);
  ASSERT_EQ(begun.at(0).id, first);
  const Added later = queue.add({.name = "a", .payload = R"({"x": 1, "y": 2})", .coalesce = true});
  EXPECT_TRUE(later.is_new) << "what comes after the start is new work";
  EXPECT_TRUE(queue.release(begun[0].key(), "back")) << "and the first may go back to waiting beside it";
  EXPECT_EQ(queue.get(first)->status, JobStatus::waiting);
}

TEST_P(EnqueueTest, ABatchKeepsItsOrderAndAllThatAJobSays) {
  const std::vector<NewJob> jobs = {{.name = "a", .payload = R"({"tab": "\t", "back": "\\", "quote": "'"})", .priority = 3},
                                    {.name = "b", .queue = "q \"2\"", .delay = 1h, .max_attempts = 9},
                                    {.name = "a", .payload = "\"ü\\n\"", .waiting_ttl = 2h}};
  const auto ids = queue.add_batch(jobs);
  ASSERT_EQ(ids.size(), 3U);
  EXPECT_LT(ids[0], ids[1]);
  EXPECT_LT(ids[1], ids[2]);
  const auto first = queue.get(*ids[0]), second = queue.get(*ids[1]), third = queue.get(*ids[2]);
  EXPECT_EQ(first->priority, 3);
  EXPECT_EQ(engine.execute("SELECT payload ->> 'tab' AS t FROM poolguard_jobs WHERE id = $1::bigint", {*ids[0]}).text(0, "t"), "\t");
  EXPECT_EQ(engine.execute("SELECT payload ->> 'back' AS t FROM poolguard_jobs WHERE id = $1::bigint", {*ids[0]}).text(0, "t"), "\\");
  EXPECT_EQ(second->queue, "q \"2\"");
  EXPECT_EQ(second->max_attempts, 9);
  EXPECT_NEAR(static_cast<double>(seconds_until(*ids[1], "run_at")), 3600.0, 60.0);
  EXPECT_EQ(third->payload, "\"ü\\n\"");
  EXPECT_NEAR(static_cast<double>(seconds_until(*ids[2], "start_by")), 7200.0, 60.0);
  EXPECT_EQ(claim().size(), 2U);
  EXPECT_GT(queue.add({.name = "a"}).id, *ids[2]) << "the ids of a batch are used up";
  EXPECT_THAT(queue.add_batch({}), IsEmpty());
}

TEST_P(EnqueueTest, ABatchWithKeysLeavesOutWhatIsThere) {
  const JobId there = queue.add({.name = "a", .idempotency_key = "k1"});
  const auto ids = queue.add_batch({{.name = "a", .idempotency_key = "k1"},
                                    {.name = "a", .payload = "\"{,\\\"NULL\\\"}\"", .idempotency_key = "k2"},
                                    {.name = "b", .payload = "1", .coalesce = true},
                                    {.name = "b", .payload = "1", .coalesce = true},
                                    {.name = "a"}});
  ASSERT_EQ(ids.size(), 5U);
  EXPECT_FALSE(ids[0]);
  EXPECT_TRUE(ids[1] && ids[2] && ids[4]);
  EXPECT_FALSE(ids[3]) << "like the one before it";
  EXPECT_EQ(queue.get(*ids[1])->payload, "\"{,\\\"NULL\\\"}\"");
  EXPECT_EQ(queue.list().size(), 4U);
  EXPECT_EQ(queue.get(there)->name, "a");
}

TEST_P(EnqueueTest, ABatchIsAllOrNothing) {
  EXPECT_THROW(queue.add_batch({{.name = "a"}, {.name = "a", .payload = R"("\u0000")"}}), PayloadError);
  EXPECT_THROW(queue.add_batch({{.name = "a"}, {.name = "a", .payload = R"("\u0000")", .coalesce = true}}), PayloadError);
  try {
    queue.add_batch({{.name = "a"}, {.name = "a", .payload = "nope"}});
    FAIL();
  } catch (const PayloadError& error) {
    EXPECT_THAT(error.what(), HasSubstr("job 1 of the batch"));
  }
  EXPECT_THAT(queue.list(), IsEmpty());
}

TEST_P(EnqueueTest, AJobThatDoesNotBeginInTimeIsDeadAndIsNeverClaimed) {
  const JobId late = queue.add({.name = "a", .idempotency_key = "k", .waiting_ttl = 1h});
  const JobId begun = queue.add({.name = "b", .waiting_ttl = 1h});
  const auto jobs = queue.claim({.worker = "w", .names = {"b"}, .limit = 1, .lease = 60s});
  ASSERT_EQ(jobs.size(), 1U);
  ASSERT_TRUE(queue.release(jobs[0].key(), "back"));
  EXPECT_EQ(queue.sweep_expired(), 0U);
  engine.execute("UPDATE poolguard_jobs SET start_by = start_by - interval '2 h'");
  EXPECT_THAT(queue.claim({.worker = "w", .names = {"a"}, .limit = 1}), IsEmpty()) << "also before a sweep has come by";
  EXPECT_EQ(queue.sweep_expired(), 1U);
  EXPECT_EQ(queue.get(late)->status, JobStatus::dead);
  EXPECT_THAT(queue.get(late)->last_error, HasSubstr("TTL"));
  EXPECT_EQ(queue.get(begun)->status, JobStatus::waiting) << "it had begun, so its TTL is over";
  EXPECT_TRUE(queue.add({.name = "a", .idempotency_key = "k"}).is_new);
}

TEST_P(EnqueueTest, AQuotaBoundsWhatWaits) {
  queue.set_waiting_quota("default", "a", 2);
  const JobId first = queue.add({.name = "a", .idempotency_key = "k"});
  queue.add({.name = "a"});
  EXPECT_THROW(queue.add({.name = "a"}), QuotaError);
  EXPECT_EQ(queue.add({.name = "a", .idempotency_key = "k"}).id, first) << "what is there needs no room";
  EXPECT_THROW(queue.add_batch({{.name = "b"}, {.name = "a"}}), QuotaError);
  EXPECT_NO_THROW(queue.add({.name = "b"}));
  EXPECT_NO_THROW(queue.add({.name = "a", .queue = "other"}));
  EXPECT_EQ(claim(1).size(), 1U);
  EXPECT_NO_THROW(queue.add({.name = "a"})) << "one has begun";
  EXPECT_THROW(queue.add({.name = "a"}), QuotaError);
  queue.set_waiting_quota("default", "a", 4);
  EXPECT_NO_THROW(queue.add_batch({{.name = "a"}, {.name = "a"}}));
  EXPECT_THROW(queue.add({.name = "a"}), QuotaError);
  queue.set_waiting_quota("default", "a", {});
  EXPECT_NO_THROW(queue.add({.name = "a"}));
  EXPECT_THROW(queue.set_waiting_quota("default", "a", -1), ConfigError);
}

TEST_P(EnqueueTest, AQuotaIsExactWithManyProducers) {
  queue.set_waiting_quota("default", "a", 5);
  constexpr int kProducers = 4, kEach = 4;
  std::latch together(kProducers);
  std::vector<std::future<int>> producers;
  for (int i = 0; i < kProducers; ++i) {
    producers.push_back(std::async(std::launch::async, [&] {
      together.arrive_and_wait();
      int added = 0;
      for (int n = 0; n < kEach; ++n) {
        try {
          queue.add({.name = "a"});
          ++added;
        } catch (const QuotaError&) {
          // counted by its absence
        }
      }
      return added;
    }));
  }
  int added = 0;
  for (auto& producer : producers) added += producer.get();
  EXPECT_EQ(added, 5);
  EXPECT_EQ(queue.stats().by_status.at(JobStatus::waiting), 5);
}

TEST_P(EnqueueTest, InAnEnginesTransactionTheJobCommitsWithIt) {
  EXPECT_THROW(engine.transaction([](TransactionEngine& open) {
    Queue::add(open, {.name = "a"});
    throw std::runtime_error("changed my mind");
  }),
               std::runtime_error);
  EXPECT_THAT(queue.list(), IsEmpty());
  engine.transaction([](TransactionEngine& open) { Queue::add(open, {.name = "a", .idempotency_key = "k"}); });
  EXPECT_EQ(queue.list().size(), 1U);
}

TEST(EnqueueInPqxxWork, TheJobIsThereWhenTheCallersWorkCommits) {
  const TestCluster cluster;
  const PgBouncerProcess bouncer(cluster);
  PostgresEngine engine(quiet(cluster.url()));
  Queue queue(engine);
  queue.migrate();
  pqxx::connection connection(bouncer.url());
  {
    pqxx::work work(connection);
    work.exec("CREATE TABLE orders (id int)");
    work.exec("INSERT INTO orders VALUES (7)");
    EXPECT_TRUE(Queue::add(work, {.name = "ship", .payload = R"({"order": 7})", .idempotency_key = "order-7"}).is_new);
    EXPECT_FALSE(Queue::add(work, {.name = "ship", .idempotency_key = "order-7"}).is_new) << "its own job, not committed yet";
    EXPECT_THAT(queue.list(), IsEmpty()) << "nobody else sees it yet";
    work.commit();
  }
  EXPECT_THAT(queue.list().at(0).payload, HasSubstr("7"));
  {
    pqxx::work work(connection);
    Queue::add(work, {.name = "ship"});
    EXPECT_THROW(Queue::add(work, {.name = "ship", .payload = "nope"}), PayloadError) << "seen before anything is sent";
    work.exec("SELECT 1");
  }
  EXPECT_EQ(queue.list().size(), 1U) << "rolled back with the work";
  queue.set_waiting_quota("default", "ship", 1);
  pqxx::work work(connection);
  EXPECT_THROW(Queue::add(work, {.name = "ship"}), QuotaError);
  work.exec("SELECT 1");  // the transaction is still good
}

TEST(EnqueueInPqxxWork, AKeyInTheCallersWorkDoesNotHoldUpTheJobsRenewal) {
  const TestCluster cluster;
  PostgresEngine engine(quiet(cluster.url()));
  Queue queue(engine);
  queue.migrate();
  queue.add({.name = "a", .idempotency_key = "k"});
  const auto jobs = queue.claim({.worker = "w", .names = {"a"}});
  pqxx::connection connection(cluster.url());
  pqxx::work work(connection);
  EXPECT_FALSE(Queue::add(work, {.name = "a", .idempotency_key = "k"}).is_new);
  EXPECT_THAT(queue.renew({jobs.at(0).key()}, {60s}, {.timeout = 5s, .stop = {}}), ElementsAre(jobs[0].key()));
}
