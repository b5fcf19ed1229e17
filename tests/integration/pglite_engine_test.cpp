// PGLite: one connection for everything, and what follows from that.
#include <fstream>
#include <future>
#include <iterator>
#include <latch>
#include <set>
#include <thread>

#include <gmock/gmock.h>

#include "fixtures.hpp"
#include "poolguard/errors.hpp"
#include "poolguard/worker.hpp"
#include "running_worker.hpp"
#include "support/eventually.hpp"

using namespace poolguard;
using namespace poolguard::test;
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

namespace {

class PgliteEngineTest : public testing::Test {
 protected:
  PgliteEngineTest() { empty_pglite(); }
  PgliteOptions options = quiet_pglite();
};

std::int64_t count(Engine& engine) { return engine.execute("SELECT count(*) AS n FROM t").number(0, "n"); }

}  // namespace

TEST_F(PgliteEngineTest, SaysThatThereIsOneLane) {
  PgliteEngine engine(options);
  EXPECT_THAT(engine.describe(), HasSubstr("not opened yet"));
  EXPECT_NO_THROW(engine.require_session_lane());
  EXPECT_THAT(engine.describe(), HasSubstr("one lane: the transaction lane and the session lane share the only connection (open, 0 waiting)"));
  EXPECT_THAT(engine.describe(), Not(HasSubstr(TestCluster::kPassword)));
  EXPECT_EQ(engine.listen("poolguard_jobs"), nullptr);
  const Health health = engine.health();
  EXPECT_TRUE(health.ok()) << health.text();
  EXPECT_EQ(health.transaction.pool.size, 1U);
  EXPECT_EQ(health.session.pool.size, 1U);
}

TEST_F(PgliteEngineTest, ACallInsideItsOwnTransactionIsRefusedAtOnce) {
  PgliteEngine engine(options);
  engine.execute("CREATE TABLE t (a integer)");
  engine.transaction([&](TransactionEngine& open) {
    open.execute("INSERT INTO t VALUES (1)");
    EXPECT_THROW(engine.execute("SELECT 1"), SelfDeadlockError);
    EXPECT_THROW(engine.execute_direct("SELECT 1"), SelfDeadlockError);
    EXPECT_THROW(engine.transaction([](TransactionEngine&) {}), SelfDeadlockError);
  });
  EXPECT_EQ(count(engine), 1) << "the transaction itself is well";
}

TEST_F(PgliteEngineTest, NoTransactionKeepsALeaseFromItsRenewal) {
  options.transaction_limit = 2s;
  PgliteEngine engine(options);
  engine.execute("CREATE TABLE t (a integer)");
  std::latch inside(1), renewed(1);
  auto handler = std::async(std::launch::async, [&] {
    engine.transaction([&](TransactionEngine& open) {
      open.execute("INSERT INTO t VALUES (1)");
      inside.count_down();
      renewed.wait();  // for as long as it takes
    });
  });
  inside.wait();
  EXPECT_EQ(engine.execute_direct("SELECT 1 AS n", {}, {.timeout = 60s, .stop = {}}).number(0, "n"), 1);
  renewed.count_down();
  try {
    handler.get();
    FAIL() << "no timeout";
  } catch (const StatementTimeoutError& error) {
    EXPECT_FALSE(error.in_doubt());
    EXPECT_THAT(error.what(), HasSubstr("PGLite's only connection for longer than 2000 ms"));
  }
  EXPECT_EQ(count(engine), 0);
}

TEST_F(PgliteEngineTest, TheSessionLaneGoesFirst) {
  PgliteEngine engine(options);
  engine.execute("CREATE TABLE t (at integer GENERATED ALWAYS AS IDENTITY, lane text)");
  const auto waiting = [&](const char* how_many) { return engine.describe().find(how_many) != std::string::npos; };
  std::future<Result> in_line, ahead;
  engine.transaction([&](TransactionEngine&) {
    in_line = std::async(std::launch::async, [&] { return engine.execute("INSERT INTO t (lane) VALUES ('transaction')"); });
    ASSERT_TRUE(eventually(20s, [&] { return waiting("1 waiting"); }));
    ahead = std::async(std::launch::async, [&] { return engine.execute_direct("INSERT INTO t (lane) VALUES ('session')"); });
    ASSERT_TRUE(eventually(20s, [&] { return waiting("2 waiting"); }));
  });
  in_line.get();
  ahead.get();
  EXPECT_EQ(engine.execute("SELECT lane FROM t ORDER BY at").text(0, "lane"), "session");
}

TEST_F(PgliteEngineTest, AStatementThatDoesNotEndInTimeIsInDoubtAndTheEngineGoesOn) {
  PgliteEngine engine(options);
  engine.execute("SELECT 1");  // what connects for too long sends nothing
  try {
    engine.execute("SELECT pg_sleep(3)", {}, {.timeout = 1s, .stop = {}});
    FAIL() << "no timeout";
  } catch (const StatementTimeoutError& error) {
    EXPECT_TRUE(error.in_doubt());
  }
  EXPECT_EQ(engine.execute("SELECT 1 AS n").number(0, "n"), 1);
}

TEST_F(PgliteEngineTest, WhatConnectsForTooLongSendsNothing) {
  // The call's time goes on meanwhile.
  options.events = [](const Event& event) {
    if (event.name == "lane.opened") std::this_thread::sleep_for(200ms);
  };
  for (const bool direct : {false, true}) {
    PgliteEngine engine(options);
    constexpr const char* kCreate = "CREATE TABLE t (a integer)";
    const ExecuteOptions limits{.timeout = 100ms, .stop = {}};
    try {
      direct ? engine.execute_direct(kCreate, {}, limits) : engine.execute(kCreate, {}, limits);
      FAIL() << "it was sent";
    } catch (const StatementTimeoutError& error) {
      EXPECT_FALSE(error.in_doubt());
      EXPECT_STREQ(error.what(),
                   "the statement did not end within 100 ms; it was never sent, since that time had passed before, and it took no effect");
    }
    EXPECT_EQ(engine.execute("SELECT count(*) AS n FROM pg_tables WHERE tablename = 't'").number(0, "n"), 0);
  }
}

TEST_F(PgliteEngineTest, AConnectionFindsNothingOfTheOneBefore) {
  {
    PgliteEngine before(options);
    before.execute_direct("SET search_path = nowhere");
    before.execute_direct("SELECT pg_advisory_lock(5)");
    before.execute("CREATE TABLE public.t (a integer)");
    EXPECT_THROW(before.transaction([](TransactionEngine& open) {
      open.execute("INSERT INTO public.t VALUES (1)");
      throw std::logic_error("no");
    }),
                 std::logic_error);
  }
  PgliteEngine engine(options);
  EXPECT_EQ(count(engine), 0);
  EXPECT_EQ(engine.execute("SELECT count(*) AS n FROM pg_locks WHERE locktype = 'advisory'").number(0, "n"), 0);
}

TEST_F(PgliteEngineTest, ManyRowsAreCopiedIn) {
  PgliteEngine engine(options);
  engine.execute("CREATE TABLE t (a integer, b text, c integer DEFAULT 7)");
  std::vector<Params> rows;
  for (int i = 0; i < 1201; ++i) rows.push_back({i, i % 2 == 0 ? Params::Value(nullptr) : Params::Value("tab\t\\N")});
  engine.transaction([&](TransactionEngine& open) { open.copy_in("COPY t (a, b) FROM STDIN", rows); });
  const Result found = engine.execute("SELECT count(*) AS n, sum(a) AS a, count(b) AS b, max(b) AS text, min(c) AS c FROM t");
  EXPECT_EQ(found.number(0, "n"), 1201);
  EXPECT_EQ(found.number(0, "a"), 1200 * 1201 / 2);
  EXPECT_EQ(found.number(0, "b"), 600);
  EXPECT_EQ(found.text(0, "text"), "tab\t\\N");
  EXPECT_EQ(found.number(0, "c"), 7);
}

TEST_F(PgliteEngineTest, ASecondProgramIsToldWhyItCannot) {
  PgliteEngine first(options);
  options.connect_timeout = 200ms;  // it waits that long for the first to end
  PgliteEngine second(options);
  first.execute("SELECT 1");
  try {
    second.require_session_lane();
    FAIL() << "two connections";
  } catch (const LaneUnavailableError& error) {
    EXPECT_THAT(error.what(), HasSubstr("one connection at a time"));
    EXPECT_THAT(error.what(), Not(HasSubstr(TestCluster::kPassword)));
  }
  EXPECT_EQ(first.execute("SELECT 1 AS n").number(0, "n"), 1);
}

TEST_F(PgliteEngineTest, ALaneThatIsHeldIsNotAvailable) {
  options.acquire_timeout = 200ms;
  PgliteEngine engine(options);
  engine.transaction([&](TransactionEngine& open) {
    open.execute("SELECT 1");
    auto other = std::async(std::launch::async, [&] { engine.require_session_lane(); });
    EXPECT_THROW(other.get(), LaneUnavailableError);
  });
  EXPECT_NO_THROW(engine.require_session_lane());
}

TEST_F(PgliteEngineTest, APostgresServerIsNotPglite) {
  const TestCluster cluster;
  options.url = cluster.url();
  PgliteEngine engine(options);
  EXPECT_THROW(engine.require_session_lane(), ConfigError);
}

TEST_F(PgliteEngineTest, AWorkerLooksForItsJobsByItself) {
  PgliteEngine engine(options);
  Queue queue(engine);
  queue.migrate();
  Log log;
  WorkerOptions worker_options;
  worker_options.events = log.sink();
  worker_options.poll_least = 10ms;
  Worker worker(engine, worker_options);
  worker.handle("a", kNoop);
  const Running running(worker);
  ASSERT_TRUE(eventually(20s, [&] { return log.count("listener.unavailable") == 1; }));
  const JobId id = queue.add({.name = "a"});
  EXPECT_TRUE(eventually(20s, [&] { return queue.get(id)->status == JobStatus::completed; }));
}

TEST(PgliteAway, IsToldAndIsNoLane) {
  PgliteOptions options;
  options.url = "host=/nowhere";
  options.events = {};
  PgliteEngine engine(options);
  EXPECT_THROW(engine.require_session_lane(), LaneUnavailableError);
  EXPECT_EQ(engine.health(100ms).session.state, LaneState::server_unreachable);
  options.transaction_limit = -1ms;
  EXPECT_THROW(PgliteEngine{options}, ConfigError);
}

TEST(PgliteExceptions, NameTestsThatAreThere) {
  std::set<std::string> tests;
  const testing::UnitTest& all = *testing::UnitTest::GetInstance();
  for (int i = 0; i < all.total_test_suite_count(); ++i) {
    const testing::TestSuite& suite = *all.GetTestSuite(i);
    const std::string name = suite.name();
    for (int j = 0; j < suite.total_test_count(); ++j) {
      const std::string test = suite.GetTestInfo(j)->name();
      if (test.ends_with("/pglite")) tests.insert(name.substr(name.find('/') + 1) + "." + test.substr(0, test.find('/')));
    }
  }
  EXPECT_GT(tests.size(), 100U);
  for (const PgliteException& exception : kPgliteExceptions) EXPECT_TRUE(tests.contains(std::string(exception.test))) << exception.test;
}

TEST(PgliteExceptions, AreOnThePageOfTheEngines) {
  std::ifstream in(POOLGUARD_ENGINES_PAGE);
  std::vector<std::string> rows, expected;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("| `") && line.find("Test.") != std::string::npos) rows.push_back(line);
  }
  for (const PgliteException& exception : kPgliteExceptions) {
    expected.push_back("| `" + std::string(exception.test) + "` | " + std::string(exception.reason) + " |");
  }
  EXPECT_EQ(rows, expected);
}
