// Rate and concurrency limits, with several claimers at once that count.
#include <atomic>
#include <barrier>
#include <future>
#include <map>
#include <mutex>
#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "fixtures.hpp"
#include "poolguard/errors.hpp"
#include "poolguard/schedule.hpp"
#include "poolguard/worker.hpp"
#include "queue/limits_sql.hpp"
#include "running_worker.hpp"
#include "support/eventually.hpp"

using namespace poolguard;
using namespace poolguard::test;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

namespace {

class LimitsTest : public QueueOverEveryEngine {
 protected:
  std::vector<Job> claim(std::size_t limit = 100) {
    return queue.claim({.worker = "w", .names = {"a", "b"}, .limit = limit, .lease = 60s});
  }
  void add(const std::string& name, std::size_t count, const std::string& key = {}) {
    queue.add_batch(std::vector<NewJob>(count, {.name = name, .limit_key = key}));
  }
  void complete(const std::vector<Job>& jobs) {
    for (const Job& job : jobs) EXPECT_TRUE(queue.complete(job.key()));
  }
  std::vector<std::string> keys(const std::vector<Job>& jobs) {
    std::vector<std::string> keys;
    for (const Job& job : jobs) keys.push_back(job.limit_key);
    return keys;
  }
  /// As the planner sees a queue that is behind.
  void others_wait(int jobs) {
    engine.execute(
        "INSERT INTO poolguard_jobs (queue, name, payload, max_attempts) "
        "SELECT 'default', 'other', '{}', 3 FROM generate_series(1, $1::integer)",
        {jobs});
    engine.execute("ANALYZE poolguard_jobs");
  }
  /// Calls `work` on several threads that begin together.
  void together(int threads, const std::function<void()>& work) {
    std::barrier start(threads);
    std::vector<std::future<void>> runs;
    for (int i = 0; i < threads; ++i) {
      runs.push_back(std::async(std::launch::async, [&] {
        start.arrive_and_wait();
        work();
      }));
    }
    for (auto& run : runs) run.get();
  }
};

/// How many are active by key, and the most there have been.
class Census {
 public:
  void began(const std::string& key) {
    const std::lock_guard lock(mutex_);
    most_[key] = std::max(most_[key], ++now_[key]);
  }
  void ended(const std::string& key) {
    const std::lock_guard lock(mutex_);
    --now_[key];
    ++all_;
  }
  int most(const std::string& key) { return most_[key]; }
  int all() {
    const std::lock_guard lock(mutex_);
    return all_;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, int> now_, most_;
  int all_ = 0;
};

}  // namespace

INSTANTIATE_TEST_SUITE_P(Ways, LimitsTest, every_way(), way_name);

TEST_P(LimitsTest, ANameHasAtMostSoManyActive) {
  queue.set_limits("default", "a", {.active = 3});
  add("a", 10);
  add("b", 2);
  const auto first = claim();
  EXPECT_THAT(first, SizeIs(5)) << "three of a, and b has no limit";
  EXPECT_THAT(claim(), IsEmpty());
  for (const Job& job : first) {
    if (job.name != "a") continue;
    EXPECT_TRUE(queue.complete(job.key()));
    break;
  }
  EXPECT_THAT(claim(), SizeIs(1));
}

TEST_P(LimitsTest, EachKeyHasAtMostSoManyActiveAndHoldsUpNoOther) {
  queue.set_limits("default", "a", {.key_active = 2});
  add("a", 50, "x");
  add("a", 3, "y");
  add("a", 4);
  const auto jobs = claim();
  const auto got = keys(jobs);
  EXPECT_EQ(std::ranges::count(got, "x"), 2);
  EXPECT_EQ(std::ranges::count(got, "y"), 2) << "though fifty of x are before it";
  EXPECT_EQ(std::ranges::count(got, ""), 4) << "what has no key isn't limited by keys";
  EXPECT_THAT(claim(), IsEmpty());
  EXPECT_TRUE(queue.release(jobs.at(0).key(), "back"));
  EXPECT_THAT(keys(claim()), ElementsAre("x")) << "a job that was given back is not active";
}

TEST_P(LimitsTest, TheNamesLimitHoldsOverItsKeys) {
  queue.set_limits("default", "a", {.active = 3, .key_active = 2});
  for (const char* key : {"x", "y", "z"}) add("a", 5, key);
  EXPECT_THAT(keys(claim()), ElementsAre("x", "x", "y"));
  EXPECT_THAT(claim(), IsEmpty());
}

TEST_P(LimitsTest, PriorityAndLimitOfTheClaimStay) {
  queue.set_limits("default", "a", {.key_active = 5});
  const JobId low = queue.add({.name = "a", .limit_key = "x"});
  const JobId high = queue.add({.name = "a", .priority = 9, .limit_key = "y"});
  const JobId middle = queue.add({.name = "b", .priority = 5});
  EXPECT_EQ(claim(1).at(0).id, high);
  EXPECT_EQ(claim(1).at(0).id, middle);
  EXPECT_EQ(claim(1).at(0).id, low);
}

TEST_P(LimitsTest, AClaimHasItsJobsInTheOrderOfTheirTurns) {
  others_wait(20000);  // so that what is claimed is looked up by id, whose order is another
  queue.set_limits("default", "a", {.active = 10});
  std::vector<NewJob> jobs;
  for (const std::int32_t priority : {1, 3, 2, 5, 4}) {
    for (const char* const name : {"a", "b"}) jobs.push_back({.name = name, .priority = priority});
  }
  queue.add_batch(jobs);
  std::vector<std::int32_t> priorities;
  for (const Job& job : claim()) priorities.push_back(job.priority);
  EXPECT_THAT(priorities, ElementsAre(5, 5, 4, 4, 3, 3, 2, 2, 1, 1));
}

// The first claim of a worker keeps limits, as it doesn't know yet whether there are any.
TEST_P(LimitsTest, ThePlanLooksCheapWhateverWaits) {
  constexpr double kCompiledFrom = 100000;  // jit_above_cost, as Postgres comes
  others_wait(80000);
  const auto cost = [this](std::string_view statement, const Params& params) {
    const Result plan = engine.execute(fmt::format("EXPLAIN (FORMAT JSON) {}", statement), params);
    return nlohmann::json::parse(plan.text(0, "QUERY PLAN")).at(0).at("Plan").at("Total Cost").get<double>();
  };
  EXPECT_LT(cost(sql::kClaimWithinLimits, {"default", "{other}", 1000, "w", 30000, 25000}), kCompiledFrom);
  EXPECT_LT(cost(sql::kNextDueWithinLimits, {"default", "{other}"}), kCompiledFrom);
}

TEST_P(LimitsTest, PausedAndLaterJobsTakeNoRoom) {
  queue.set_limits("default", "a", {.active = 1, .key_active = 1});
  queue.pause(queue.add({.name = "a", .priority = 9, .limit_key = "x"}));
  queue.add({.name = "a", .priority = 8, .delay = 1h, .limit_key = "x"});
  const JobId ready = queue.add({.name = "a", .limit_key = "x"});
  const auto jobs = claim();
  ASSERT_THAT(jobs, SizeIs(1));
  EXPECT_EQ(jobs[0].id, ready);
}

TEST_P(LimitsTest, ARateHoldsInEverySpanOfItsWindow) {
  queue.set_limits("default", "a", {.rate = RateLimit{.starts = 4, .window = 1h}});
  const auto pass = [this](const char* time) {
    engine.execute("UPDATE poolguard_starts SET started_at = started_at - $1::interval", {time});
  };
  add("a", 20);
  EXPECT_THAT(claim(3), SizeIs(3));
  pass("40 minutes");
  EXPECT_THAT(claim(), SizeIs(1));
  pass("15 minutes");
  EXPECT_THAT(claim(), IsEmpty()) << "all four began within the hour, and that none is over counts for nothing";
  pass("10 minutes");
  const auto jobs = claim();
  EXPECT_THAT(jobs, SizeIs(3)) << "the first three are an hour old, the fourth isn't";
  complete(jobs);
  EXPECT_THAT(claim(), IsEmpty()) << "that they are completed counts for nothing";
  pass("2 hours");
  EXPECT_THAT(claim(), SizeIs(4));
  EXPECT_EQ(engine.execute("SELECT count(*) AS n FROM poolguard_starts").number(0, "n"), 4) << "what is older than the window is forgotten";
}

TEST_P(LimitsTest, EachKeyHasItsRate) {
  queue.set_limits("default", "a", {.key_rate = RateLimit{.starts = 2, .window = 1h}});
  add("a", 5, "x");
  add("a", 5, "y");
  add("a", 5);
  const auto got = keys(claim());
  EXPECT_EQ(std::ranges::count(got, "x"), 2);
  EXPECT_EQ(std::ranges::count(got, "y"), 2);
  EXPECT_EQ(std::ranges::count(got, ""), 5);
  EXPECT_THAT(claim(), IsEmpty());
}

TEST_P(LimitsTest, ManyClaimersNeverHaveMoreActiveThanTheLimit) {
  constexpr int kClaimers = 6, kJobs = 120, kMost = 3;
  queue.set_limits("default", "a", {.key_active = kMost});
  for (const char* key : {"x", "y"}) add("a", kJobs / 2, key);
  Census census;
  std::atomic<bool> too_long = false;
  const auto deadline = std::chrono::steady_clock::now() + 100s;
  together(kClaimers, [&] {
    Queue own(engine);
    while (census.all() < kJobs && !too_long) {
      const auto jobs = own.claim({.worker = "w", .names = {"a"}, .limit = 2, .lease = 60s});
      for (const Job& job : jobs) census.began(job.limit_key);
      for (const Job& job : jobs) {
        census.ended(job.limit_key);
        EXPECT_TRUE(own.complete(job.key()));
      }
      too_long = std::chrono::steady_clock::now() > deadline;
    }
  });
  EXPECT_EQ(census.all(), kJobs);
  for (const char* key : {"x", "y"}) EXPECT_LE(census.most(key), kMost) << key;
}

TEST_P(LimitsTest, ManyClaimersAtOnceTakeWhatThereIsRoomForAndNoMore) {
  constexpr int kClaimers = 6, kRounds = 30, kMost = 4;
  queue.set_limits("default", "a", {.active = kMost});
  queue.set_limits("default", "b", {.rate = RateLimit{.starts = kMost, .window = 1h}});
  for (int round = 0; round < kRounds; ++round) {
    add("a", 10);
    add("b", 10);
    std::mutex mutex;
    std::vector<Job> all;
    together(kClaimers, [&] {
      for (int look = 0; look < 3; ++look) {
        const auto jobs = claim(3);
        const std::lock_guard lock(mutex);
        all.insert(all.end(), jobs.begin(), jobs.end());
      }
    });
    // A claimer that found another at work has left the names alone: what is left over is there for the next look.
    const auto rest = claim();
    all.insert(all.end(), rest.begin(), rest.end());
    std::set<JobId> ids;
    std::map<std::string, int> count;
    for (const Job& job : all) {
      EXPECT_TRUE(ids.insert(job.id).second);
      ++count[job.name];
    }
    EXPECT_EQ(count["a"], kMost);
    EXPECT_EQ(count["b"], kMost);
    complete(all);
    engine.execute("DELETE FROM poolguard_jobs");
    engine.execute("DELETE FROM poolguard_starts");
  }
}

TEST_P(LimitsTest, AClaimWhoseCountIsOlderThanItsLockTakesNothing) {
  queue.set_limits("default", "a", {.active = 3});
  add("a", 10);
  // The first claim is held up between its snapshot and the lock of the limits' row, where it looks at the settings.
  engine.execute("CREATE SEQUENCE looks");
  engine.execute("CREATE FUNCTION hold_up_the_first() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN "
                 "IF nextval('looks') = 1 THEN PERFORM pg_advisory_xact_lock(77); END IF; RETURN false; END $$");
  engine.execute("ALTER TABLE poolguard_settings RENAME TO settings");
  engine.execute("INSERT INTO settings (queue, name, paused) VALUES ('default', 'a', true)");
  engine.execute("CREATE VIEW poolguard_settings AS SELECT * FROM settings WHERE hold_up_the_first()");
  std::future<std::vector<Job>> held_up;
  std::vector<Job> second;
  engine.transaction([&](TransactionEngine& open) {
    open.execute("SELECT pg_advisory_xact_lock(77)");
    held_up = std::async(std::launch::async, [this] { return claim(); });
    EXPECT_TRUE(eventually(30s, [this] {
      return engine.execute("SELECT count(*) AS n FROM pg_locks WHERE locktype = 'advisory' AND NOT granted").number(0, "n") == 1;
    }));
    // Jobs that the first one's snapshot doesn't show: of those that it does, it would only find that they aren't waiting any more.
    for (int i = 0; i < 3; ++i) queue.add({.name = "a", .priority = 9});
    second = claim();
  });
  EXPECT_THAT(second, SizeIs(3));
  EXPECT_THAT(held_up.get(), IsEmpty()) << "it has counted none, but three are active by now";
}

TEST_P(LimitsTest, ThatAnotherSetsHoldAtOnceAndAreSeenByTheNextLook) {
  EXPECT_THAT(claim(), IsEmpty());  // from here on it knows of no limits
  Queue(engine).set_limits("default", "a", {.active = 3});
  add("a", 5);
  add("b", 2);
  EXPECT_THAT(claim(), SizeIs(2)) << "of b, which has no limit";
  EXPECT_THAT(claim(), SizeIs(3));
  EXPECT_THAT(claim(), IsEmpty());
}

TEST_P(LimitsTest, MayBeSetAndTakenAwayWhileTheyAreClaimed) {
  constexpr int kClaimers = 3, kJobs = 60;
  const Limits limits{.active = 4, .rate = RateLimit{.starts = 1000, .window = 1ms}};
  queue.set_limits("default", "a", limits);
  add("a", kJobs);
  std::atomic<int> completed = 0;
  std::atomic<bool> too_long = false;
  const auto deadline = std::chrono::steady_clock::now() + 100s;
  together(kClaimers + 1, [&, first = std::make_shared<std::atomic<bool>>(true)] {
    const bool sets = first->exchange(false);
    while (completed < kJobs && !too_long) {
      if (sets) {
        EXPECT_NO_THROW(queue.set_limits("default", "a", {}));
        EXPECT_NO_THROW(queue.set_limits("default", "a", limits));
      } else {
        const auto jobs = claim(2);
        complete(jobs);
        completed += static_cast<int>(jobs.size());
      }
      if (std::chrono::steady_clock::now() > deadline) too_long = true;
    }
  });
  EXPECT_EQ(completed, kJobs);
}

TEST_P(LimitsTest, AreListedChangedAndTakenAway) {
  queue.set_limits("default", "a", {.active = 1, .key_rate = RateLimit{.starts = 5, .window = 2s}});
  const NameLimits limits = queue.limits().at(0);
  EXPECT_EQ(limits.queue, "default");
  EXPECT_EQ(limits.name, "a");
  EXPECT_EQ(limits.active, 1);
  EXPECT_FALSE(limits.rate);
  EXPECT_FALSE(limits.key_active);
  EXPECT_EQ(limits.key_rate.value().starts, 5);
  EXPECT_EQ(limits.key_rate.value().window, 2s);
  add("a", 5);
  EXPECT_THAT(claim(), SizeIs(1));
  queue.set_limits("default", "a", {.active = 2});
  EXPECT_THAT(claim(), SizeIs(1));
  queue.set_limits("default", "a", {});
  EXPECT_THAT(queue.limits(), IsEmpty());
  EXPECT_THAT(claim(), SizeIs(3));
  EXPECT_THROW(queue.set_limits("default", "a", {.active = 0}), ConfigError);
  EXPECT_THROW(queue.set_limits("default", "a", {.rate = RateLimit{.starts = 1, .window = 0ms}}), ConfigError);
  EXPECT_THROW(queue.set_limits("default", "", {.active = 1}), ConfigError);
}

TEST_P(LimitsTest, NextDueKnowsWhatTheyHoldBack) {
  const auto due = [this] { return queue.next_due("default", {"a", "b"}); };
  queue.set_limits("default", "a", {.active = 3, .key_active = 1, .key_rate = RateLimit{.starts = 2, .window = 1h}});
  EXPECT_EQ(due(), std::nullopt);
  add("a", 5, "x");
  EXPECT_LE(due(), 0ms);
  const auto x = claim();
  ASSERT_THAT(x, SizeIs(1));
  EXPECT_EQ(due(), std::nullopt) << "all that wait have the key that has no room";
  queue.add({.name = "a", .delay = 1h, .limit_key = "y"});
  EXPECT_GT(due(), 59min);
  const JobId keyless = queue.add({.name = "a", .priority = -5});
  EXPECT_LE(due(), 0ms);
  queue.pause(keyless);
  EXPECT_GT(due(), 59min);
  complete(x);
  EXPECT_LE(due(), 0ms);
  complete(claim());
  EXPECT_GT(due(), 59min) << "two of x have begun";
  engine.execute("UPDATE poolguard_starts SET started_at = started_at - interval '20 minutes'");
  EXPECT_GT(due(), 39min);
  EXPECT_LE(due(), 40min);
  queue.set_limits("default", "a", {.active = 1, .rate = RateLimit{.starts = 2, .window = 1h}});
  EXPECT_GT(due(), 39min) << "the name's rate holds for all";
  engine.execute("UPDATE poolguard_starts SET started_at = started_at - interval '1 hour' WHERE started_at = (SELECT min(started_at) FROM poolguard_starts)");
  EXPECT_LE(due(), 0ms) << "one of the two is over an hour old";
  const auto only = claim();
  ASSERT_THAT(only, SizeIs(1));
  EXPECT_EQ(due(), std::nullopt) << "one is active";
  const JobId free = queue.add({.name = "b", .delay = 2h});
  EXPECT_GT(due(), 119min);
  queue.retry(free);  // now
  EXPECT_LE(due(), 0ms);
  queue.pause("default", "b");
  EXPECT_EQ(due(), std::nullopt);
}

TEST_P(LimitsTest, WhatTheyHoldBackMakesNoWorkerWedged) {
  queue.set_limits("default", "a", {.active = 1});
  queue.add_flow({.job = {.name = "a"}, .children = {{.job = {.name = "b"}}}});  // a blocked parent doesn't, either
  add("a", 3);
  ASSERT_THAT(queue.claim({.worker = "another", .names = {"a"}, .limit = 9, .lease = 60s}), SizeIs(1));
  Log log;
  WorkerOptions options;
  options.events = log.sink();
  options.call_timeout = 60s;
  options.wedge_after = 100ms;
  options.poll_least = 10ms;
  options.poll_most = 20ms;
  Worker worker(engine, options);
  worker.handle("a", kNoop);
  const Running running(worker);
  EXPECT_TRUE(eventually(30s, [&] {
    return engine.execute("SELECT clock_timestamp() - min(run_at) > interval '1500 ms' AS long FROM poolguard_jobs WHERE status = 'waiting'")
               .text(0, "long") == "t";
  }));
  EXPECT_EQ(log.count("worker.wedged"), 0U) << worker.health().reason;
  EXPECT_EQ(worker.health().state, WorkerState::working);
}

TEST_P(LimitsTest, AKeyGoesWithTheJobHoweverItIsAdded) {
  const NewJob job{.name = "a", .limit_key = "x"};
  NewJob once = job;
  once.idempotency_key = "k";
  const auto expect_key = [this](JobId id) { EXPECT_EQ(queue.get(id).value().limit_key, "x"); };
  expect_key(queue.add(job));
  expect_key(queue.add(once));
  expect_key(queue.add_batch({job}).at(0).value());
  once.idempotency_key = "l";
  expect_key(queue.add_batch({once}).at(0).value());
  Schedules schedules(engine);
  schedules.put({.name = "s", .cron = "@daily", .job = {.name = "a", .limit_key = "x"}});
  engine.execute("UPDATE poolguard_schedules SET next_at = next_at - interval '2 days'");
  EXPECT_EQ(schedules.run_due().added, 1U);
  expect_key(queue.list().at(0).id);
  const JobId dead = claim(1).at(0).id;
  EXPECT_TRUE(queue.fail_for_good(queue.get(dead)->key(), "x"));
  expect_key(queue.replay(dead).value());
}
