// Timeouts and stop requests, from the client's side, on both lanes.
#include <future>

#include <gmock/gmock.h>

#include "fixtures.hpp"
#include "poolguard/errors.hpp"
#include "support/eventually.hpp"

using namespace poolguard;
using namespace poolguard::test;
using namespace std::chrono_literals;

using CancellationTest = OverEveryEngine;
INSTANTIATE_TEST_SUITE_P(Ways, CancellationTest, every_way(), way_name);

namespace {

constexpr const char* kSlow = "SELECT pg_sleep(60) /* slow */";

std::int64_t slow_statements(Engine& engine) {
  return engine.execute_direct("SELECT count(*) AS n FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active'")
      .number(0, "n");
}

void run_slow(Engine& engine, bool direct, const ExecuteOptions& options) {
  if (direct) engine.execute_direct(kSlow, {}, options);
  else engine.execute(kSlow, {}, options);
}

std::int64_t rows(Engine& engine) { return engine.execute("SELECT count(*) AS n FROM t").number(0, "n"); }

}  // namespace

TEST_P(CancellationTest, ATimeoutEndsTheStatementOnTheServerToo) {
  for (const bool direct : {false, true}) {
    // With a connection that is there: if the time were over before the statement is sent, its cancel would find nothing to end.
    direct ? engine.execute_direct("SELECT 1") : engine.execute("SELECT 1");
    const auto start = std::chrono::steady_clock::now();
    try {
      run_slow(engine, direct, {.timeout = 1s, .stop = {}});
      FAIL() << "no timeout";
    } catch (const StatementTimeoutError& error) {
      EXPECT_LE(error.timeout(), 1s);
      EXPECT_FALSE(error.in_doubt()) << error.what();
      EXPECT_TRUE(error.infrastructure());
    }
    EXPECT_LT(std::chrono::steady_clock::now() - start, 20s);
    EXPECT_TRUE(eventually(10s, [this] { return slow_statements(engine) == 0; }));
    EXPECT_EQ(engine.execute("SELECT 1 AS n").number(0, "n"), 1);
    EXPECT_EQ(engine.execute_direct("SELECT 1 AS n").number(0, "n"), 1);
  }
}

TEST_P(CancellationTest, AStopRequestEndsTheStatement) {
  for (const bool direct : {false, true}) {
    std::stop_source stop;
    auto call = std::async(std::launch::async, [&] { run_slow(engine, direct, {.timeout = {}, .stop = stop.get_token()}); });
    ASSERT_TRUE(eventually(10s, [this] { return slow_statements(engine) == 1; }));
    stop.request_stop();
    EXPECT_THROW(call.get(), StatementCancelledError);
    EXPECT_TRUE(eventually(10s, [this] { return slow_statements(engine) == 0; }));
  }
}

TEST_P(CancellationTest, AStopRequestThatCameBeforeSendsNothing) {
  std::stop_source stop;
  stop.request_stop();
  engine.execute("CREATE TABLE t (a integer)");
  EXPECT_THROW(engine.execute("INSERT INTO t VALUES (1)", {}, {.timeout = {}, .stop = stop.get_token()}), StatementCancelledError);
  EXPECT_EQ(engine.execute("SELECT count(*) AS n FROM t").number(0, "n"), 0);
}

TEST_P(CancellationTest, ANestedTransactionThatCannotBeUndoneIsNotCommittedWithTheOuterOne) {
  engine.execute("CREATE TABLE t (a integer)");
  std::stop_source stop;
  const auto fails = [&](TransactionEngine& nested) {
    nested.execute("INSERT INTO t VALUES (1)");
    stop.request_stop();
    throw std::logic_error("no");
  };
  EXPECT_THROW(engine.transaction([&](TransactionEngine& open) {
    EXPECT_THROW(open.transaction(fails, {.timeout = {}, .stop = stop.get_token()}), StatementCancelledError);
  }),
               SqlError);
  EXPECT_EQ(rows(engine), 0);
}

TEST_P(CancellationTest, ATimeoutInsideATransactionRollsItBack) {
  engine.execute("CREATE TABLE t (a integer)");
  EXPECT_THROW(engine.transaction([](TransactionEngine& open) {
    open.execute("INSERT INTO t VALUES (1)");
    open.execute(kSlow, {}, {.timeout = 100ms, .stop = {}});
  }),
               StatementTimeoutError);
  EXPECT_EQ(engine.execute("SELECT count(*) AS n FROM t").number(0, "n"), 0);
}

TEST_P(CancellationTest, AStatementThatEndsInTimeIsLeftAlone) {
  std::stop_source stop;
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(engine.execute("SELECT 1 AS n", {}, {.timeout = 30s, .stop = stop.get_token()}).number(0, "n"), 1);
  }
}

TEST_P(CancellationTest, CancelsThatRaceWithTheEndHitNobodyElse) {
  for (int i = 0; i < 60; ++i) {
    try {
      engine.execute_direct("SELECT pg_sleep(0.005)", {}, {.timeout = 5ms, .stop = {}});
    } catch (const StatementTimeoutError&) {
      // one of the two outcomes
    }
    EXPECT_EQ(engine.execute_direct("SELECT 1 AS n").number(0, "n"), 1) << "the cancel hit the next statement";
  }
}

TEST(HungServer, AStatementEndsAlthoughThePoolerAnswersNothing) {
  const TestCluster cluster;
  const PgBouncerProcess bouncer(cluster);
  ConnectionOptions options = quiet(bouncer.url());
  options.direct_url = bouncer.url();
  options.cancel_grace = 200ms;
  PostgresEngine engine(options);
  engine.execute("SELECT 1");
  engine.execute_direct("SELECT 1");
  bouncer.freeze();
  for (const bool direct : {false, true}) {
    const auto start = std::chrono::steady_clock::now();
    try {
      run_slow(engine, direct, {.timeout = 100ms, .stop = {}});
      FAIL() << "no timeout";
    } catch (const StatementTimeoutError& error) {
      EXPECT_TRUE(error.in_doubt());
    }
    EXPECT_LT(std::chrono::steady_clock::now() - start, 10s);
  }
  bouncer.thaw();
  EXPECT_EQ(engine.execute("SELECT 1 AS n").number(0, "n"), 1) << "a new connection takes the place of the one that was cut";
}

TEST(QueuedInThePooler, AStatementThatGotNoServerConnectionEndsToo) {
  const TestCluster cluster;
  const PgBouncerProcess bouncer(cluster, {.pool_size = 1, .pool_mode = "transaction", .settings = {}});
  ConnectionOptions options = quiet(bouncer.url());
  options.direct_url = cluster.url();
  options.cancel_grace = 500ms;
  PostgresEngine engine(options);
  std::stop_source stop;
  auto blocker = std::async(std::launch::async, [&] { run_slow(engine, false, {.timeout = {}, .stop = stop.get_token()}); });
  ASSERT_TRUE(eventually(10s, [&] { return slow_statements(engine) == 1; }));
  EXPECT_THROW(engine.execute("SELECT 1", {}, {.timeout = 100ms, .stop = {}}), StatementTimeoutError);
  EXPECT_EQ(slow_statements(engine), 1) << "the cancel must not hit the statement of somebody else";
  stop.request_stop();
  EXPECT_THROW(blocker.get(), StatementCancelledError);
}
