// Timeouts and stop requests, from the client's side, on both lanes.
#include <signal.h>

#include <fstream>
#include <functional>
#include <future>
#include <string>
#include <thread>

#include <gmock/gmock.h>

#include "fixtures.hpp"
#include "poolguard/errors.hpp"
#include "support/eventually.hpp"

using namespace poolguard;
using namespace poolguard::test;
using namespace std::chrono_literals;
using testing::HasSubstr;

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

ExecuteOptions no_time() { return {.timeout = 0ms, .stop = {}}; }

void expect_never_sent(const std::function<void()>& call) {
  try {
    call();
    FAIL() << "it was sent";
  } catch (const StatementTimeoutError& error) {
    EXPECT_FALSE(error.in_doubt()) << error.what();
    EXPECT_THAT(error.what(), HasSubstr("did not end within"));
    EXPECT_THAT(error.what(), HasSubstr("it was never sent"));
  }
}

std::int64_t rows(Engine& engine) { return engine.execute("SELECT count(*) AS n FROM t").number(0, "n"); }

std::int64_t server_process(Engine& engine, bool direct) {
  constexpr const char* kPid = "SELECT pg_backend_pid() AS pid";
  return (direct ? engine.execute_direct(kPid) : engine.execute(kPid)).number(0, "pid");
}

/// A server process that does nothing until this ends.
class Stopped {
 public:
  explicit Stopped(pid_t process) : process_(process) { ::kill(process_, SIGSTOP); }
  ~Stopped() { ::kill(process_, SIGCONT); }
  Stopped(const Stopped&) = delete;
  Stopped& operator=(const Stopped&) = delete;

  /// It will see a cancel first, before anything else.
  [[nodiscard]] bool has_cancel_waiting() const {
    std::ifstream status("/proc/" + std::to_string(process_) + "/status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("ShdPnd:")) return (std::stoull(line.substr(line.find(':') + 1), nullptr, 16) >> (SIGINT - 1) & 1) != 0;
    }
    return false;
  }

 private:
  const pid_t process_;
};

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

TEST_P(CancellationTest, ATimeThatIsOverBeforeSendsNothingAndKeepsTheConnection) {
  engine.execute("CREATE TABLE t (a integer)");
  for (const bool direct : {false, true}) {
    const std::int64_t before = server_process(engine, direct);
    expect_never_sent([&] {
      constexpr const char* kInsert = "INSERT INTO t VALUES (1)";
      direct ? engine.execute_direct(kInsert, {}, no_time()) : engine.execute(kInsert, {}, no_time());
    });
    EXPECT_EQ(server_process(engine, direct), before);
  }
  EXPECT_EQ(rows(engine), 0);
}

TEST_P(CancellationTest, ACommitWhoseTimeIsOverBeforeIsNotSentAndRollsBack) {
  engine.execute("CREATE TABLE t (a integer)");
  const std::int64_t before = server_process(engine, false);
  expect_never_sent([&] { engine.transaction([](TransactionEngine& open) { open.execute("INSERT INTO t VALUES (1)"); }, no_time()); });
  EXPECT_EQ(rows(engine), 0);
  EXPECT_EQ(server_process(engine, false), before);
}

TEST_P(CancellationTest, InATransactionWhatIsNotSentInTimeLetsNothingBeCommitted) {
  engine.execute("CREATE TABLE t (a integer)");
  const std::int64_t before = server_process(engine, false);
  const std::vector<std::function<void(TransactionEngine&)>> calls{
      [](TransactionEngine& open) { open.execute("INSERT INTO t VALUES (2)", {}, no_time()); },
      [](TransactionEngine& open) { open.copy_in("COPY t (a) FROM STDIN", {{2}}, no_time()); },
      [](TransactionEngine& open) {
        open.transaction([](TransactionEngine& nested) { nested.execute("INSERT INTO t VALUES (2)"); }, no_time());
      },
  };
  const auto is_undone = [](TransactionEngine& open) {
    EXPECT_THROW(open.transaction([](TransactionEngine&) { throw std::logic_error("no"); }), std::logic_error);
  };
  for (const auto& call : calls) {
    try {
      engine.transaction([&](TransactionEngine& open) {
        open.execute("INSERT INTO t VALUES (1)");
        expect_never_sent([&] { call(open); });
        is_undone(open);  // which is of itself alone
      });
      FAIL() << "committed";
    } catch (const SqlError& error) {
      EXPECT_EQ(error.sqlstate(), "25P02") << error.what();
    }
    EXPECT_EQ(rows(engine), 0);
    EXPECT_EQ(server_process(engine, false), before);
  }
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

TEST(SlowWayToTheServer, WhatOpensItsLaneForTooLongSendsNothing) {
  const TestDatabase database;
  ConnectionOptions options = quiet(database.url());
  // The call's time goes on meanwhile.
  options.events = [](const Event& event) {
    if (event.name == "lane.opened") std::this_thread::sleep_for(200ms);
  };
  PostgresEngine engine(options);
  engine.execute("CREATE TABLE t (a integer)");
  try {
    engine.execute_direct("INSERT INTO t VALUES (1)", {}, {.timeout = 100ms, .stop = {}});
    FAIL() << "it was sent";
  } catch (const StatementTimeoutError& error) {
    EXPECT_FALSE(error.in_doubt());
    EXPECT_EQ(error.timeout(), 100ms);
    EXPECT_STREQ(error.what(),
                 "the statement did not end within 100 ms; it was never sent, since that time had passed before, and it took no effect");
  }
  EXPECT_EQ(rows(engine), 0);
  EXPECT_EQ(engine.execute_direct("SELECT 1 AS n").number(0, "n"), 1);
}

TEST(SlowWayToTheServer, WhoListensReckonsOrProbesHasNoMoreTimeThanOthers) {
  const TestDatabase database;
  ConnectionOptions options = quiet(database.url());
  // The call's time goes on meanwhile.
  std::chrono::milliseconds opening = 200ms;
  options.events = [&opening](const Event& event) {
    if (event.name == "lane.opened") std::this_thread::sleep_for(opening);
  };
  expect_never_sent([&] { (void)PostgresEngine(options).listen("a", {.timeout = 100ms, .stop = {}}); });
  const LaneHealth session = ConnectionManager(options).health(100ms).session;
  EXPECT_EQ(session.state, LaneState::server_unreachable);
  EXPECT_THAT(session.error, HasSubstr("it was never sent"));
  opening = 3200ms;  // the other lane's statement comes first, and has its time
  expect_never_sent([&] { (void)ConnectionManager(options).budget({.timeout = 3s, .stop = {}}); });
}

TEST(SlowWayToTheServer, AStatementThatIsPreparedForTooLongIsNotSent) {
  const TestDatabase database;
  ConnectionOptions options = quiet(database.url());
  options.cancel_grace = 60s;
  PostgresEngine engine(options);
  engine.execute("CREATE TABLE t (a integer)");
  constexpr const char* kInsert = "INSERT INTO t VALUES ($1::integer)";
  engine.execute(kInsert, {1});  // it is prepared with its second use
  server_process(engine, false);
  const auto process = static_cast<pid_t>(server_process(engine, false));
  std::future<Result> call;
  {
    const Stopped server(process);
    call = std::async(std::launch::async, [&] { return engine.execute(kInsert, {2}, {.timeout = 500ms, .stop = {}}); });
    // A server ignores a cancel that comes before the statement. On a stalled machine nothing may have been sent, not even that.
    EXPECT_TRUE(eventually(60s, [&] { return server.has_cancel_waiting() || call.wait_for(0s) == std::future_status::ready; }));
  }
  try {
    call.get();
    FAIL() << "it was sent";
  } catch (const StatementTimeoutError& error) {
    EXPECT_FALSE(error.in_doubt()) << error.what();
  }
  EXPECT_EQ(rows(engine), 1);
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
      run_slow(engine, direct, {.timeout = 1s, .stop = {}});
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
