/// How workers learn of new jobs: LISTEN, what notifies, and what an idle worker costs.
#include <future>
#include <thread>

#include <gmock/gmock.h>
#include <pqxx/pqxx>

#include "fixtures.hpp"
#include "poolguard/errors.hpp"
#include "poolguard/schedule.hpp"
#include "poolguard/worker.hpp"
#include "running_worker.hpp"
#include "queue/wake_sql.hpp"
#include "support/eventually.hpp"

using namespace poolguard;
using namespace poolguard::test;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

namespace {

/// Nothing happens in a test's time unless something is notified, or due.
WorkerOptions deaf_but_for_notifications() {
  WorkerOptions options;
  options.call_timeout = 60s;  // after a call that failed it would wait for an hour
  options.listen_poll = 1h;
  options.poll_least = 1h;
  options.poll_most = 1h;
  options.sweep_interval = 1h;
  options.backoff = {.initial = 50ms, .factor = 1.0, .most = 50ms, .jitter = 0.0};
  options.events = {};
  return options;
}

class WakeTest : public QueueOverEveryEngine {
 protected:
  /// What comes within a time that is long enough for what is on its way; all of it, in its order.
  static std::vector<std::string> heard(Listener& listener, std::size_t expected) {
    std::vector<std::string> all;
    while (all.size() < expected) {
      const auto some = listener.wait(10s, {});
      if (some.empty()) break;
      all.insert(all.end(), some.begin(), some.end());
    }
    const auto more = listener.wait(50ms, {});
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  bool reaches(JobId id, JobStatus status) {
    return eventually(20s, [&] { return queue.get(id)->status == status; });
  }
  /// A worker that listens, has found nothing, and waits.
  bool waits(const Worker& worker) {
    return eventually(20s, [&] { return worker.report().listening && worker.report().claims >= 1; });
  }
};

}  // namespace

INSTANTIATE_TEST_SUITE_P(Ways, WakeTest, every_way(), way_name);

TEST_P(WakeTest, AListenerHearsItsChannelAndEndsItsWaitOnTimeOrWhenItIsStopped) {
  const auto listener = engine.listen("poolguard_test");
  ASSERT_TRUE(listener);
  engine.execute("SELECT pg_notify('poolguard_other', 'x'), pg_notify('poolguard_test', 'a'), pg_notify('poolguard_test', 'b')");
  EXPECT_THAT(heard(*listener, 2), ElementsAre("a", "b"));
  EXPECT_THAT(listener->wait(1ms, {}), IsEmpty());
  std::stop_source stop;
  auto waiting = std::async(std::launch::async, [&] { return listener->wait(1h, stop.get_token()); });
  stop.request_stop();
  EXPECT_THAT(waiting.get(), IsEmpty());
}

TEST_P(WakeTest, EveryWayToAddAJobNotifiesItsQueueOnceAStatement) {
  const auto listener = engine.listen(sql::kJobsChannel);
  queue.add({.name = "a", .queue = "single"});
  queue.add({.name = "a", .queue = "delayed", .delay = 1h});
  queue.add({.name = "a", .queue = "keyed", .idempotency_key = "k"});
  queue.add({.name = "a", .queue = "keyed", .idempotency_key = "k"});  // is there already
  queue.set_waiting_quota("limited", "a", 5);
  queue.add({.name = "a", .queue = "limited"});
  EXPECT_THAT(heard(*listener, 4), ElementsAre("single", "delayed", "keyed", "limited"));

  std::vector<NewJob> batch(100, {.name = "a", .queue = "copied"});
  batch.push_back({.name = "a", .queue = "other"});
  queue.add_batch(batch);
  EXPECT_THAT(heard(*listener, 2), UnorderedElementsAre("copied", "other"));
  batch.back().coalesce = true;
  batch.back().payload = "{\"new\": 1}";
  queue.add_batch(batch);
  EXPECT_THAT(heard(*listener, 2), UnorderedElementsAre("copied", "other"));
}

TEST_P(WakeTest, InATransactionTheNotificationComesWithItsCommit) {
  const auto listener = engine.listen(sql::kJobsChannel);
  EXPECT_THROW(engine.transaction([](TransactionEngine& open) {
    Queue::add(open, {.name = "a", .queue = "rolled-back"});
    throw std::runtime_error("no");
  }),
               std::runtime_error);
  engine.transaction([&](TransactionEngine& open) {
    for (int i = 0; i < 10; ++i) Queue::add(open, {.name = "a", .queue = "committed"});
    EXPECT_THAT(listener->wait(50ms, {}), IsEmpty());
  });
  EXPECT_THAT(heard(*listener, 1), ElementsAre("committed"));
}

TEST_P(WakeTest, WhatMakesAJobClaimableAgainNotifies) {
  const auto claim = [this] {
    const auto jobs = queue.claim({.worker = "w", .queue = "q", .names = {"a"}});
    return jobs.at(0).key();
  };
  const JobId id = queue.add({.name = "a", .queue = "q", .max_attempts = 2});
  const auto listener = engine.listen(sql::kJobsChannel);
  ASSERT_TRUE(queue.release(claim(), "later"));
  EXPECT_THAT(heard(*listener, 1), ElementsAre("q")) << "release";
  ASSERT_EQ(queue.fail(claim(), "x", 0ms)->status, JobStatus::waiting);
  EXPECT_THAT(heard(*listener, 1), ElementsAre("q")) << "fail, with an attempt left";
  ASSERT_EQ(queue.fail(claim(), "x", 0ms)->status, JobStatus::dead);
  EXPECT_THAT(heard(*listener, 0), IsEmpty()) << "it is dead";
  ASSERT_TRUE(queue.replay(id, {.queue = "replays"}));
  EXPECT_THAT(heard(*listener, 1), ElementsAre("replays"));
  ASSERT_TRUE(queue.retry(id));
  EXPECT_THAT(heard(*listener, 1), ElementsAre("q")) << "retry";
  queue.pause(id);
  queue.pause("q", "");
  EXPECT_THAT(heard(*listener, 0), IsEmpty()) << "pause";
  queue.resume("q", "");
  EXPECT_THAT(heard(*listener, 1), ElementsAre("q")) << "resume of the queue";
  queue.resume(id);
  EXPECT_THAT(heard(*listener, 1), ElementsAre("q")) << "resume of the job";
  ASSERT_EQ(queue.claim({.worker = "w", .queue = "q", .names = {"a"}, .lease = 1ms}).size(), 1U);
  ASSERT_TRUE(eventually(10s, [&] { return queue.sweep_stalled(0ms, 5).requeued == 1; }));
  EXPECT_THAT(heard(*listener, 1), ElementsAre("q")) << "sweep of stalled jobs";
}

TEST_P(WakeTest, AQueueWithALongNameCanBeNotified) {
  const std::string name(3000, 'q');
  const auto listener = engine.listen(sql::kJobsChannel);
  const JobId id = queue.add({.name = "a", .queue = name});
  EXPECT_THAT(heard(*listener, 1), ElementsAre(name.substr(0, sql::kNotifiedQueue)));
  WorkerOptions options = deaf_but_for_notifications();
  options.queue = name;
  Worker worker(engine, options);
  worker.handle("a", kNoop);
  const Running running(worker);
  EXPECT_TRUE(reaches(id, JobStatus::completed));
  ASSERT_TRUE(waits(worker));
  EXPECT_TRUE(reaches(queue.add({.name = "a", .queue = name}), JobStatus::completed));
}

TEST_P(WakeTest, AnIdleWorkerStartsANewJobBecauseItIsNotified) {
  Worker worker(engine, deaf_but_for_notifications());
  worker.handle("a", kNoop);
  const Running running(worker);
  ASSERT_TRUE(waits(worker));
  EXPECT_TRUE(reaches(queue.add({.name = "a"}), JobStatus::completed));
  EXPECT_TRUE(reaches(*queue.add_batch({{.name = "a"}, {.name = "a"}}).back(), JobStatus::completed));
  EXPECT_TRUE(eventually(20s, [&] { return worker.report().notifications >= 2; }));
}

TEST_P(WakeTest, AFailedJobRunsAgainWhenItsBackOffIsOver) {
  std::atomic<int> runs = 0;
  Worker worker(engine, deaf_but_for_notifications());
  worker.handle("a", [&](const JobContext&) -> std::optional<std::string> {
    if (++runs < 3) throw std::runtime_error("x");
    return std::nullopt;
  });
  const Running running(worker);
  ASSERT_TRUE(waits(worker));
  EXPECT_TRUE(reaches(queue.add({.name = "a", .max_attempts = 5}), JobStatus::completed));
}

TEST_P(WakeTest, ADelayedJobStartsOnTime) {
  for (const bool listen : {true, false}) {
    WorkerOptions options = deaf_but_for_notifications();
    options.listen = listen;
    const JobId before = queue.add({.name = "a", .priority = 1, .delay = 400ms});
    const JobId paused = queue.add({.name = "b", .delay = 100ms});
    const JobId later = queue.add({.name = "a", .priority = 2, .delay = 1h});
    queue.pause("default", "b");
    Worker worker(engine, options);
    worker.handle("a", kNoop);
    worker.handle("b", kNoop);
    const Running running(worker);
    EXPECT_TRUE(reaches(before, JobStatus::completed));
    // Without its time it would be found after an hour.
    const Result row = engine.execute("SELECT started_at - run_at < interval '15 s' AS on_time, started_at >= run_at AS due "
                                      "FROM poolguard_jobs WHERE id = $1::bigint",
                                      {before});
    EXPECT_EQ(row.text(0, "on_time"), "t");
    EXPECT_EQ(row.text(0, "due"), "t");
    EXPECT_EQ(queue.get(paused)->status, JobStatus::waiting);
    EXPECT_EQ(queue.get(later)->status, JobStatus::waiting);
    queue.remove(paused);
    queue.remove(later);
    queue.resume("default", "b");
  }
}

TEST_P(WakeTest, ABurstOfNotificationsIsFoldedIntoOneClaim) {
  WorkerOptions options = deaf_but_for_notifications();
  options.wake_debounce = 1s;
  Worker worker(engine, options);
  worker.handle("nobody-adds-these", kNoop);
  const Running running(worker);
  ASSERT_TRUE(waits(worker));
  const auto begin = std::chrono::steady_clock::now();
  const std::uint64_t before = worker.report().claims;
  constexpr int kJobs = 50;
  for (int i = 0; i < kJobs; ++i) queue.add({.name = "a"});
  ASSERT_TRUE(eventually(20s, [&] { return worker.report().notifications == kJobs; }));
  const std::uint64_t claims = worker.report().claims;
  const auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_LE(claims, before + 1 + static_cast<std::uint64_t>(took / options.wake_debounce));
}

TEST_P(WakeTest, AWorkerWhoseListenerIsLostListensAgainAndFindsWhatItMissed) {
  // The sessions of listeners of the tests before end by themselves, a little later.
  ASSERT_TRUE(eventually(20s, [&] {
    return engine.execute("SELECT count(*) AS n FROM pg_stat_activity WHERE query LIKE 'LISTEN %'").number(0, "n") == 0;
  }));
  Log log;
  WorkerOptions options = deaf_but_for_notifications();
  options.events = log.sink();
  Worker worker(engine, options);
  worker.handle("a", kNoop);
  const Running running(worker);
  ASSERT_TRUE(waits(worker));
  const auto ended = engine.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN %'");
  ASSERT_EQ(ended.size(), 1U);
  const JobId missed = queue.add({.name = "a"});
  EXPECT_TRUE(reaches(missed, JobStatus::completed));
  EXPECT_TRUE(eventually(20s, [&] { return log.count("listener.ready") == 2; }));
  EXPECT_EQ(log.count("listener.lost"), 1U);
  EXPECT_TRUE(reaches(queue.add({.name = "a"}), JobStatus::completed));
}

TEST_P(WakeTest, NextDueKnowsWhatCouldBeClaimed) {
  const auto due = [this] { return queue.next_due("q", {"a", "b"}); };
  EXPECT_EQ(due(), std::nullopt);
  queue.add({.name = "c", .queue = "q"});
  queue.add({.name = "a", .queue = "another"});
  EXPECT_EQ(due(), std::nullopt) << "another name, another queue";
  queue.add({.name = "a", .queue = "q", .priority = -3, .delay = 1h});
  EXPECT_GT(due(), 59min);
  EXPECT_LE(due(), 1h);
  const JobId one = queue.add({.name = "b", .queue = "q", .priority = 7});
  EXPECT_LE(due(), 0ms);
  queue.pause(one);
  EXPECT_GT(due(), 59min);
  queue.resume(one);
  queue.pause("q", "b");
  EXPECT_GT(due(), 59min);
  queue.pause("q", "");
  EXPECT_EQ(due(), std::nullopt);
}

TEST_P(WakeTest, SweepsNeededSaysWhatTheSweepsWouldFind) {
  const auto needed = [this] {
    const SweepsNeeded found = queue.sweeps_needed(0ms);
    return std::vector<bool>{found.stalled, found.overdue, found.expired};
  };
  using Flags = std::vector<bool>;
  queue.add({.name = "a"});
  EXPECT_EQ(needed(), (Flags{false, false, false}));
  ASSERT_EQ(queue.claim({.worker = "w", .names = {"a"}, .lease = 1ms}).size(), 1U);
  EXPECT_TRUE(eventually(10s, [&] { return needed() == Flags{true, false, false}; }));
  queue.add({.name = "b", .timeout = 1ms});
  ASSERT_EQ(queue.claim({.worker = "w", .names = {"b"}}).size(), 1U);
  queue.add({.name = "c", .waiting_ttl = 1ms});
  EXPECT_TRUE(eventually(10s, [&] { return needed() == Flags{true, true, true}; }));
  queue.sweep_stalled(0ms, 5);
  queue.sweep_overdue(0ms);
  queue.sweep_expired();
  EXPECT_EQ(needed(), (Flags{false, false, false}));

  Schedules(engine).put({.name = "nightly", .cron = "@yearly", .job = {.name = "a"}});
  EXPECT_FALSE(queue.sweeps_needed(0ms).schedules);
  EXPECT_TRUE(queue.sweeps_needed(0ms, 24h * 367).schedules);
  Schedules(engine).pause("nightly");
  EXPECT_FALSE(queue.sweeps_needed(0ms, 24h * 367).schedules);
}

TEST_P(WakeTest, AFlowNotifiesWhenItIsAddedAndWhenItsParentGoesOn) {
  const auto listener = engine.listen(sql::kJobsChannel);
  queue.add_flow({.job = {.name = "parent", .queue = "up"}, .children = {{.job = {.name = "child", .queue = "down"}}}});
  EXPECT_THAT(heard(*listener, 2), UnorderedElementsAre("up", "down"));
  const auto jobs = queue.claim({.worker = "w", .queue = "down", .names = {"child"}});
  ASSERT_EQ(jobs.size(), 1U);
  EXPECT_TRUE(queue.complete(jobs[0].key()));
  EXPECT_THAT(heard(*listener, 1), ElementsAre("up"));
}

TEST_P(WakeTest, AnEndNotifiesWhereItMakesRoomWithinALimit) {
  const auto claim = [this] {
    const auto jobs = queue.claim({.worker = "w", .queue = "q", .names = {"a"}});
    return jobs.at(0).key();
  };
  queue.set_limits("q", "a", {.active = 1});
  const std::vector<NewJob> once(8, {.name = "a", .queue = "q", .max_attempts = 1, .timeout = 1min});
  queue.add_batch(once);
  queue.add({.name = "a", .queue = "q", .remove_completed = true});
  const auto listener = engine.listen(sql::kJobsChannel);
  ASSERT_TRUE(queue.complete(claim()));
  EXPECT_THAT(heard(*listener, 1), ElementsAre("q")) << "complete";
  ASSERT_EQ(queue.fail(claim(), "x", 0ms)->status, JobStatus::dead);
  EXPECT_THAT(heard(*listener, 1), ElementsAre("q")) << "fail, for the last time";
  const LeaseKey cancelled = claim();
  ASSERT_EQ(queue.cancel(cancelled.id), CancelOutcome::requested);
  ASSERT_TRUE(queue.release(cancelled, "x"));
  EXPECT_THAT(heard(*listener, 1), ElementsAre("q")) << "release of what is cancelled";
  (void)claim();
  engine.execute("UPDATE poolguard_jobs SET lock_until = clock_timestamp() - interval '1 hour' WHERE status = 'active'");
  ASSERT_EQ(queue.sweep_stalled(0ms, 0).dead, 1U);
  EXPECT_THAT(heard(*listener, 1), ElementsAre("q")) << "sweep of stalled jobs";
  (void)claim();
  engine.execute("UPDATE poolguard_jobs SET started_at = clock_timestamp() - interval '1 hour' WHERE status = 'active'");
  ASSERT_EQ(queue.sweep_overdue(0ms).dead, 1U);
  EXPECT_THAT(heard(*listener, 1), ElementsAre("q")) << "sweep of overdue jobs";

  queue.set_limits("q", "a", {.rate = RateLimit{.starts = 100, .window = 1h}});
  EXPECT_THAT(heard(*listener, 1), ElementsAre("q")) << "other limits";
  ASSERT_TRUE(queue.complete(claim()));
  EXPECT_THAT(heard(*listener, 0), IsEmpty()) << "the end of a job frees nothing of a rate";
  queue.set_limits("q", "a", {.key_active = 1});
  EXPECT_THAT(heard(*listener, 1), ElementsAre("q"));
  while (true) {
    const auto jobs = queue.claim({.worker = "w", .queue = "q", .names = {"a"}});
    if (jobs.empty()) break;
    ASSERT_TRUE(queue.complete(jobs[0].key()));
    EXPECT_THAT(heard(*listener, 1), ElementsAre("q")) << "complete, with the deletion of the last one";
  }
  queue.set_limits("q", "a", {});
  EXPECT_THAT(heard(*listener, 1), ElementsAre("q")) << "no limits any more";
}

TEST_P(WakeTest, AnIdleWorkerStartsWhatALimitHeldBackWhenThereIsRoom) {
  queue.set_limits("default", "a", {.active = 1});
  queue.add({.name = "a"});
  const auto held = queue.claim({.worker = "another", .names = {"a"}});
  ASSERT_EQ(held.size(), 1U);
  const JobId next = queue.add({.name = "a"});
  Worker worker(engine, deaf_but_for_notifications());
  worker.handle("a", kNoop);
  const Running running(worker);
  ASSERT_TRUE(waits(worker));
  ASSERT_TRUE(queue.complete(held[0].key()));
  EXPECT_TRUE(reaches(next, JobStatus::completed));
}

TEST_P(WakeTest, AWorkerWaitsForARateNoLongerThanItMust) {
  queue.set_limits("default", "a", {.rate = RateLimit{.starts = 2, .window = 300ms}});
  const auto ids = queue.add_batch(std::vector<NewJob>(6, {.name = "a"}));
  WorkerOptions options = deaf_but_for_notifications();
  options.listen = false;
  Worker worker(engine, options);
  worker.handle("a", kNoop);
  const Running running(worker);
  for (const auto& id : ids) EXPECT_TRUE(reaches(id.value(), JobStatus::completed));
  const Result spans = engine.execute("SELECT bool_and(third - first >= interval '300 ms') AS kept FROM (SELECT started_at AS first, "
                                      "lead(started_at, 2) OVER (ORDER BY started_at) AS third FROM poolguard_jobs) AS starts");
  EXPECT_EQ(spans.text(0, "kept"), "t");
}

TEST_P(WakeTest, AScheduleThatFiresNotifies) {
  const auto listener = engine.listen(sql::kJobsChannel);
  Schedules schedules(engine);
  schedules.put({.name = "nightly", .cron = "@yearly", .job = {.name = "a", .queue = "nights"}});
  ASSERT_EQ(schedules.run_due(24h * 367).added, 1U);
  EXPECT_THAT(heard(*listener, 1), ElementsAre("nights"));
}

TEST(WakeCost, AnIdleWorkerSendsAtMostOneStatementInFiveSeconds) {
  const TestCluster cluster({"log_statement=all"});
  PostgresEngine engine(quiet(cluster.url()));
  Queue(engine).migrate();
  WorkerOptions options;  // as they are by default
  options.events = {};
  Worker worker(engine, options);
  worker.handle("a", kNoop);
  const Running running(worker);
  const auto statements = [&cluster] {
    const std::string log = cluster.log();
    std::size_t count = 0;
    for (const std::string_view mark : {"LOG:  execute ", "LOG:  statement: "}) {
      for (auto at = log.find(mark); at != std::string::npos; at = log.find(mark, at + 1)) ++count;
    }
    return count;
  };
  ASSERT_TRUE(eventually(20s, [&] { return worker.report().listening && worker.report().claims > 0; }));
  // Its first steps are over when nothing has come for some seconds.
  auto quiet_since = std::chrono::steady_clock::now();
  for (std::size_t seen = statements(); std::chrono::steady_clock::now() - quiet_since < 4s;) {
    std::this_thread::sleep_for(50ms);
    if (const std::size_t now = statements(); now != seen) {
      seen = now;
      quiet_since = std::chrono::steady_clock::now();
    }
  }
  const std::size_t before = statements();
  EXPECT_GT(before, 2U) << "the log shows what is sent";
  std::this_thread::sleep_for(5s);  // what is measured is a time
  EXPECT_LE(statements() - before, 1U);
}

TEST(WakeLane, TheListenersSessionIsTakenFromNoPool) {
  const TestCluster cluster;
  ConnectionOptions options = quiet(cluster.url());
  options.session_pool_size = 1;
  const auto manager = std::make_shared<ConnectionManager>(options);
  PostgresEngine engine(manager);
  auto listener = engine.listen("a");
  ASSERT_TRUE(listener);
  EXPECT_EQ(manager->describe().dedicated_sessions, 1U);
  EXPECT_EQ(manager->describe().session.in_use, 0U);
  EXPECT_THAT(engine.describe(), testing::HasSubstr("1 more for listeners"));
  const auto held = manager->session_pool().acquire();
  EXPECT_TRUE(engine.listen("b")) << "the pool is empty, and is not needed";
  listener.reset();
  EXPECT_EQ(manager->describe().dedicated_sessions, 0U);
}

TEST(WakeLane, AShutdownCutsListeners) {
  const TestCluster cluster;
  ConnectionManager manager(quiet(cluster.url()));
  auto session = manager.dedicated_session();
  ASSERT_TRUE(session);
  EXPECT_EQ(manager.shutdown(0ms).session.cut, 1U);
  EXPECT_THROW(session->execute("SELECT 1"), ConnectionError);
  EXPECT_THROW((void)manager.dedicated_session(), PoolClosedError);
}

TEST(WakeLane, ADegradedWorkerDoesNotListenAndStillFindsItsJobs) {
  const TestCluster cluster;
  const PgBouncerProcess bouncer(cluster);
  ConnectionOptions connection = quiet(bouncer.url());
  connection.session_lane = SessionLanePolicy::degrade;
  PostgresEngine engine(connection);
  Queue queue(engine);
  queue.migrate();
  Log log;
  WorkerOptions options;
  options.events = log.sink();
  options.poll_least = 10ms;
  Worker worker(engine, options);
  worker.handle("a", kNoop);
  const Running running(worker);
  ASSERT_TRUE(eventually(20s, [&] { return log.count("listener.unavailable") == 1; }));
  const JobId id = queue.add({.name = "a"});
  EXPECT_TRUE(eventually(20s, [&] { return queue.get(id)->status == JobStatus::completed; }));
  EXPECT_FALSE(worker.report().listening);
}
