#include <future>
#include <stdexcept>

#include <gmock/gmock.h>

#include "fixtures.hpp"
#include "poolguard/errors.hpp"

using namespace poolguard;
using namespace poolguard::test;
using namespace std::chrono_literals;
using testing::HasSubstr;

using EngineTest = OverEveryEngine;
INSTANTIATE_TEST_SUITE_P(Ways, EngineTest, every_way(), way_name);

namespace {

std::int64_t count(Engine& engine) { return engine.execute("SELECT count(*) AS n FROM t").number(0, "n"); }

}  // namespace

TEST_P(EngineTest, BothLanesGiveRowsColumnsAndNulls) {
  for (const bool direct : {false, true}) {
    const auto sql = "SELECT $1::bigint + 1 AS n, $2::text AS s, $3::text AS nothing";
    const Result result = direct ? engine.execute_direct(sql, {41, "é'\"\\", nullptr}) : engine.execute(sql, {41, "é'\"\\", nullptr});
    EXPECT_THAT(result.columns(), testing::ElementsAre("n", "s", "nothing"));
    EXPECT_EQ(result.number(0, "n"), 42);
    EXPECT_EQ(result.text(0, "s"), "é'\"\\");
    EXPECT_EQ(result.at(0, "nothing"), std::nullopt);
  }
}

TEST_P(EngineTest, SaysHowManyRowsWereAffected) {
  engine.execute("CREATE TABLE t (a integer)");
  EXPECT_EQ(engine.execute("INSERT INTO t SELECT generate_series(1, 5)").affected_rows(), 5U);
  EXPECT_EQ(engine.execute_direct("UPDATE t SET a = 0 WHERE a > 3").affected_rows(), 2U);
  EXPECT_EQ(engine.execute("DELETE FROM t WHERE a = 99").affected_rows(), 0U);
}

TEST_P(EngineTest, ErrorsCarryTheirSqlstateAndStatementOnBothLanes) {
  for (const bool direct : {false, true}) {
    try {
      direct ? engine.execute_direct("SELECT 1 / $1::integer", {0}) : engine.execute("SELECT 1 / $1::integer", {0});
      FAIL() << "no error";
    } catch (const SqlError& error) {
      EXPECT_EQ(error.sqlstate(), "22012");
      EXPECT_EQ(error.statement(), "SELECT 1 / $1::integer");
      EXPECT_THAT(error.what(), HasSubstr("division by zero"));
      EXPECT_FALSE(error.infrastructure());
    }
    EXPECT_EQ(engine.execute("SELECT 1 AS n").number(0, "n"), 1) << "the connection must still work";
  }
}

TEST_P(EngineTest, OneCallIsOneStatement) {
  EXPECT_THROW(engine.execute("SELECT 1; SELECT 2"), SqlError);
  EXPECT_THROW(engine.execute_direct("SELECT 1; SELECT 2"), SqlError);
}

TEST_P(EngineTest, ATransactionCommits) {
  engine.execute("CREATE TABLE t (a integer)");
  engine.transaction([](TransactionEngine& open) {
    open.execute("INSERT INTO t VALUES (1)");
    open.execute_direct("INSERT INTO t VALUES (2)");
  });
  EXPECT_EQ(count(engine), 2);
}

TEST_P(EngineTest, ATransactionRollsBackAndPassesOnWhatItsCallableThrows) {
  engine.execute("CREATE TABLE t (a integer)");
  EXPECT_THROW(engine.transaction([](TransactionEngine& open) {
    open.execute("INSERT INTO t VALUES (1)");
    throw std::logic_error("no");
  }),
               std::logic_error);
  EXPECT_EQ(count(engine), 0);
}

TEST_P(EngineTest, ATransactionKeepsItsOwnConnectionForBothCalls) {
  engine.transaction([](TransactionEngine& open) {
    const auto sql = "SELECT pg_backend_pid() AS pid, txid_current() AS tx";
    const Result pooled = open.execute(sql), direct = open.execute_direct(sql);
    EXPECT_EQ(pooled.text(0, "pid"), direct.text(0, "pid"));
    EXPECT_EQ(pooled.text(0, "tx"), direct.text(0, "tx"));
  });
}

TEST_P(EngineTest, ANestedTransactionIsASavepoint) {
  engine.execute("CREATE TABLE t (a integer)");
  engine.transaction([](TransactionEngine& open) {
    open.execute("INSERT INTO t VALUES (1)");
    EXPECT_THROW(open.transaction([](TransactionEngine& inner) {
      inner.execute("INSERT INTO t VALUES (2)");
      inner.execute("SELECT 1 / 0");
    }),
                 SqlError);
    open.transaction([](TransactionEngine& inner) { inner.execute("INSERT INTO t VALUES (3)"); });
  });
  EXPECT_EQ(engine.execute("SELECT sum(a) AS n FROM t").number(0, "n"), 4);
}

TEST_P(EngineTest, AfterAFailedStatementATransactionCanOnlyRollBack) {
  engine.execute("CREATE TABLE t (a integer)");
  const auto swallow = [](TransactionEngine& open) {
    open.execute("INSERT INTO t VALUES (1)");
    EXPECT_THROW(open.execute("SELECT 1 / 0"), SqlError);
  };
  EXPECT_THROW(engine.transaction(swallow), SqlError) << "a commit that isn't one must not look like one";
  EXPECT_EQ(count(engine), 0);
}

TEST_P(EngineTest, IsThreadSafeOnBothLanes) {
  engine.execute("CREATE TABLE t (a integer)");
  std::vector<std::future<void>> threads;
  for (int i = 0; i < 16; ++i) {
    threads.push_back(std::async(std::launch::async, [this] {
      for (int j = 0; j < 5; ++j) {
        engine.execute("INSERT INTO t VALUES (1)");
        engine.execute_direct("INSERT INTO t VALUES (1)");
      }
    }));
  }
  for (auto& thread : threads) thread.get();
  EXPECT_EQ(count(engine), 160);
}

TEST_P(EngineTest, DescribesItselfWithoutThePassword) {
  engine.require_session_lane();
  EXPECT_THAT(engine.describe(), testing::Not(HasSubstr(TestCluster::kPassword)));
  EXPECT_THAT(engine.describe(), HasSubstr("session lane"));
}

TEST(EngineLanes, GoWhereTheySayThroughATransactionPool) {
  const World world(Way::bouncer);
  // PgBouncer hands the same server connection to whoever comes next; the direct lane has its own.
  const auto pid = "SELECT pg_backend_pid() AS pid";
  const auto pooled = world.engine().execute(pid).number(0, "pid");
  const auto direct = world.engine().execute_direct(pid).number(0, "pid");
  EXPECT_NE(pooled, direct);
  const auto through = "SELECT client_port FROM pg_stat_activity WHERE pid = pg_backend_pid()";
  EXPECT_FALSE(world.engine().execute_direct(through).empty());
}

TEST_P(EngineTest, CopyTakesItsOneFormAndEveryValue) {
  engine.execute("CREATE TABLE copied (a int, \"b c\" text)");
  engine.transaction([](TransactionEngine& open) {
    open.copy_in("\n COPY copied (a, \"b c\")\n FROM STDIN\n", {{1, "tab\t, back\\ and\nline"}, {2, nullptr}, {3, "\\N"}});
  });
  for (const char* other : {"INSERT INTO copied VALUES (1)", "COPY copied FROM STDIN", "COPY copied (a) TO STDOUT"}) {
    EXPECT_THROW(engine.transaction([other](TransactionEngine& open) { open.copy_in(other, {}); }), std::invalid_argument) << other;
  }
  const Result rows = engine.execute("SELECT a, \"b c\" AS b FROM copied ORDER BY a");
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows.text(0, "b"), "tab\t, back\\ and\nline");
  EXPECT_FALSE(rows.at(1, "b"));
  EXPECT_EQ(rows.text(2, "b"), "\\N");
}

TEST_P(EngineTest, ACopyThatFailsIsTheServersErrorAndUndoesTheTransaction) {
  engine.execute("CREATE TABLE copied (a int)");
  EXPECT_THROW(engine.transaction([](TransactionEngine& open) { open.copy_in("COPY copied (a) FROM STDIN", {{1}, {"x"}}); }), SqlError);
  EXPECT_EQ(engine.execute("SELECT count(*) AS n FROM copied").number(0, "n"), 0);
}

TEST_P(EngineTest, AStatementThatComesAgainSeesTheTableAsItIsNow) {
  engine.execute("CREATE TABLE t (a integer)");
  engine.execute("INSERT INTO t VALUES (1)");
  const auto sql = "SELECT * FROM t WHERE a = $1::integer";
  for (int i = 0; i < 4; ++i) EXPECT_EQ(engine.execute_direct(sql, {1}).columns().size(), 1U);
  engine.execute("ALTER TABLE t ADD COLUMN b integer");
  EXPECT_EQ(engine.execute_direct(sql, {1}).columns().size(), 2U);
  EXPECT_EQ(engine.execute_direct(sql, {1}).size(), 1U);
}

namespace {

/// How many statements the server has prepared on the connection that a lane gives next.
std::int64_t prepared(Engine& engine, bool direct) {
  const auto sql = "SELECT count(*) AS n FROM pg_prepared_statements WHERE name LIKE 'poolguard%'";
  return (direct ? engine.execute_direct(sql) : engine.execute(sql)).number(0, "n");
}

}  // namespace

TEST(EnginePrepares, WhatComesAgainWhereNoPoolerIsInBetween) {
  const World world(Way::bouncer);
  for (int i = 0; i < 3; ++i) {
    world.engine().execute_direct("SELECT $1::integer AS a", {i});
    world.engine().execute("SELECT $1::integer AS a", {i});
  }
  EXPECT_EQ(prepared(world.engine(), true), 1);
  EXPECT_EQ(prepared(world.engine(), false), 0) << "another client may get this server connection next";
}

TEST(EnginePrepares, AndDoesWithoutWhenItIsGone) {
  const World world(Way::direct);
  const auto sql = "SELECT $1::integer AS a";
  for (int i = 0; i < 3; ++i) world.engine().execute(sql, {i});
  ASSERT_EQ(prepared(world.engine(), false), 1);
  world.engine().execute("DEALLOCATE ALL");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(world.engine().execute(sql, {i}).number(0, "a"), i);
}
