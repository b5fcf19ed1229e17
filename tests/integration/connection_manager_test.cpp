#include "poolguard/connection_manager.hpp"

#include <algorithm>
#include <atomic>
#include <future>
#include <latch>

#include <gmock/gmock.h>

#include "fixtures.hpp"
#include "poolguard/errors.hpp"
#include "support/eventually.hpp"

using namespace poolguard;
using namespace poolguard::test;
using namespace std::chrono_literals;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

namespace {

class ConnectionManagerTest : public testing::Test {
 protected:
  TestCluster cluster;

  std::int64_t backends(const std::string& application) {
    ConnectionManager watcher(quiet(cluster.url()));
    return watcher.transaction_pool()
        .acquire()
        .execute("SELECT count(*) AS n FROM pg_stat_activity WHERE application_name = $1", {application})
        .number(0, "n");
  }
};

/// An address on which nobody listens.
std::string dead_url() { return "postgresql://u:tops3cret@127.0.0.1:" + std::to_string(detail::free_port()) + "/postgres"; }

}  // namespace

TEST_F(ConnectionManagerTest, ConnectsToNothingUntilItIsAsked) {
  ConnectionManager manager(quiet(dead_url()));
  EXPECT_FALSE(manager.describe().session_open);
  EXPECT_THROW((void)manager.transaction_pool().acquire(), ConnectionError);
}

TEST(SessionPool, IsOpenedOnceByManyCallers) {
  const TestCluster cluster({"log_connections=on"});
  ConnectionOptions options = quiet(cluster.url());
  options.application_name = "single-flight";
  ConnectionManager manager(options);
  constexpr int kCallers = 12;
  std::latch together(kCallers);
  std::vector<std::future<ConnectionPool<Lane::session>*>> callers;
  for (int i = 0; i < kCallers; ++i) {
    callers.push_back(std::async(std::launch::async, [&] {
      together.arrive_and_wait();
      return &manager.session_pool();
    }));
  }
  for (auto& caller : callers) EXPECT_EQ(caller.get(), &manager.session_pool());
  EXPECT_TRUE(manager.describe().session_open);
  const std::string log = cluster.log();
  const std::string made = "application_name=single-flight";
  EXPECT_NE(log.find(made), std::string::npos) << log;
  EXPECT_EQ(log.find(made), log.rfind(made)) << "more than one connection was made:\n" << log;
}

TEST_F(ConnectionManagerTest, APoolerThatNobodyVouchedForIsNoSessionLane) {
  const PgBouncerProcess bouncer(cluster);
  ConnectionManager manager(quiet(bouncer.url()));
  try {
    (void)manager.session_pool();
    FAIL() << "a transaction-mode pooler was taken for a session lane";
  } catch (const LaneUnavailableError& error) {
    EXPECT_THAT(error.what(), HasSubstr("POOLGUARD_DIRECT_DATABASE_URL"));
    EXPECT_THAT(error.what(), Not(HasSubstr(TestCluster::kPassword)));
  }
  EXPECT_NO_THROW((void)manager.transaction_pool().acquire()) << "the other lane works";
}

TEST_F(ConnectionManagerTest, AnExplicitDirectUrlIsHonouredEvenIfItIsAPooler) {
  const PgBouncerProcess bouncer(cluster, {.pool_size = 4, .pool_mode = "session", .settings = {}});
  ConnectionOptions options = quiet(cluster.url());
  options.direct_url = bouncer.url();
  ConnectionManager manager(options);
  EXPECT_EQ(manager.session_pool().acquire().execute("SELECT 1 AS n").number(0, "n"), 1);
  EXPECT_EQ(manager.describe().session_source, SessionSource::explicit_url);
}

TEST_F(ConnectionManagerTest, RefusesByDefaultIfTheSessionLaneCannotBeReached) {
  ConnectionOptions options = quiet(cluster.url());
  options.direct_url = dead_url();
  ConnectionManager manager(options);
  EXPECT_THROW((void)manager.session_pool(), LaneUnavailableError);
  EXPECT_FALSE(manager.describe().session_open);
}

TEST_F(ConnectionManagerTest, DegradesOnlyIfToldAndSaysSo) {
  Log log;
  ConnectionOptions options = quiet(cluster.url());
  options.direct_url = dead_url();
  options.session_lane = SessionLanePolicy::degrade;
  options.events = log.sink();
  ConnectionManager manager(options);
  EXPECT_EQ(manager.session_pool().acquire().execute("SELECT 1 AS n").number(0, "n"), 1);
  EXPECT_EQ(manager.describe().session_source, SessionSource::degraded);
  EXPECT_THAT(log.names(), Contains("lane.degraded"));
  for (const Event& event : log.events) EXPECT_THAT(event.message, Not(HasSubstr("tops3cret")));
}

TEST_F(ConnectionManagerTest, TheKillSwitchClosesTheSessionLaneForChildrenToo) {
  ConnectionOptions options = quiet(cluster.url());
  options.direct_url = cluster.url();
  options.disable_direct_pool = true;
  ConnectionManager manager(options);
  EXPECT_THROW((void)manager.session_pool(), LaneUnavailableError);
  EXPECT_THROW((void)manager.child()->session_pool(), LaneUnavailableError);
  EXPECT_EQ(manager.describe().session_source, SessionSource::disabled);
}

TEST_F(ConnectionManagerTest, AChildHasItsParentsPoolsAndDoesNotEndThem) {
  ConnectionManager manager(quiet(cluster.url()));
  {
    const auto child = manager.child();
    EXPECT_EQ(&child->transaction_pool(), &manager.transaction_pool());
    EXPECT_EQ(&child->session_pool(), &manager.session_pool());
    EXPECT_TRUE(child->describe().inherited);
    child->shutdown(0ms);
  }
  EXPECT_EQ(manager.session_pool().acquire().execute("SELECT 1 AS n").number(0, "n"), 1);
}

TEST_F(ConnectionManagerTest, HealthTellsTheLanesApart) {
  ConnectionOptions options = quiet(cluster.url());
  options.direct_url = dead_url();
  ConnectionManager manager(options);
  const Health health = manager.health();
  EXPECT_TRUE(health.transaction.ok()) << health.transaction.error;
  EXPECT_FALSE(health.session.ok());
  EXPECT_THAT(health.session.error, HasSubstr("session lane"));
  EXPECT_THAT(health.session.error, Not(HasSubstr("tops3cret")));
}

TEST_F(ConnectionManagerTest, DescriptionAndErrorsShowNoPassword) {
  ConnectionManager manager(quiet(cluster.url()));
  (void)manager.session_pool();
  const std::string text = manager.describe().text();
  EXPECT_THAT(text, HasSubstr("***"));
  EXPECT_THAT(text, Not(HasSubstr(TestCluster::kPassword)));
  ConnectionManager dead(quiet(dead_url()));
  try {
    (void)dead.transaction_pool().acquire();
    FAIL();
  } catch (const ConnectionError& error) {
    EXPECT_THAT(error.what(), HasSubstr("127.0.0.1"));
    EXPECT_THAT(error.what(), Not(HasSubstr("tops3cret")));
  }
}

TEST_F(ConnectionManagerTest, APoolIsBoundedAndItsWaitQueueToo) {
  ConnectionOptions options = quiet(cluster.url());
  options.transaction_pool_size = 1;
  options.max_waiting = 1;
  options.application_name = "bounded";
  ConnectionManager manager(options);
  auto held = std::make_unique<Connection<Lane::transaction>>(manager.transaction_pool().acquire());
  EXPECT_THROW((void)manager.transaction_pool().acquire({.timeout = 20ms, .stop = {}}), PoolTimeoutError);

  auto waiting = std::async(std::launch::async, [&] {
    return manager.transaction_pool().acquire({.timeout = 60s, .stop = {}}).execute("SELECT 1 AS n").number(0, "n");
  });
  ASSERT_TRUE(eventually(10s, [&] { return manager.transaction_pool().stats().waiting == 1; }));
  const auto start = std::chrono::steady_clock::now();
  EXPECT_THROW((void)manager.transaction_pool().acquire({.timeout = 60s, .stop = {}}), PoolQueueFullError) << "the queue is full";
  EXPECT_LT(std::chrono::steady_clock::now() - start, 10s);
  held.reset();
  EXPECT_EQ(waiting.get(), 1);
  EXPECT_EQ(backends("bounded"), 1);
}

TEST_F(ConnectionManagerTest, AStopRequestEndsTheWaitForAConnection) {
  ConnectionOptions options = quiet(cluster.url());
  options.session_pool_size = 1;
  ConnectionManager manager(options);
  const auto held = manager.session_pool().acquire();
  std::stop_source stop;
  auto waiting = std::async(std::launch::async, [&] {
    (void)manager.session_pool().acquire({.timeout = 60s, .stop = stop.get_token()});
  });
  ASSERT_TRUE(eventually(10s, [&] { return manager.session_pool().stats().waiting == 1; }));
  stop.request_stop();
  EXPECT_THROW(waiting.get(), StatementCancelledError);
}

TEST_F(ConnectionManagerTest, AConnectionThatTheServerEndedIsReplaced) {
  ConnectionOptions options = quiet(cluster.url());
  options.application_name = "victim";
  ConnectionManager manager(options);
  (void)manager.transaction_pool().acquire().execute("SELECT 1");
  ConnectionManager other(quiet(cluster.url()));
  other.transaction_pool().acquire().execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'victim'");
  ASSERT_TRUE(eventually(10s, [&] { return backends("victim") == 0; }));
  EXPECT_EQ(manager.transaction_pool().acquire().execute("SELECT 1 AS n").number(0, "n"), 1);
}

TEST_F(ConnectionManagerTest, ALossInTheMiddleIsAnErrorAndNeverASilentReconnect) {
  ConnectionManager manager(quiet(cluster.url()));
  auto connection = manager.session_pool().acquire();
  const auto pid = connection.execute("SELECT pg_backend_pid() AS pid").number(0, "pid");
  ConnectionManager other(quiet(cluster.url()));
  other.transaction_pool().acquire().execute("SELECT pg_terminate_backend($1::integer, 10000)", {pid});
  EXPECT_THROW(connection.execute("SELECT 1"), Error);
  EXPECT_THROW(connection.execute("SELECT 1"), ConnectionError) << "libpqxx 6 would connect anew here";
}

TEST_F(ConnectionManagerTest, SessionStateNeverReachesTheNextUser) {
  ConnectionOptions options = quiet(cluster.url());
  options.session_pool_size = 1;
  ConnectionManager manager(options);
  {
    auto connection = manager.session_pool().acquire();
    connection.set_parameter("search_path", "elsewhere");
    EXPECT_EQ(connection.execute("SHOW search_path").text(0, "search_path"), "elsewhere");
    EXPECT_TRUE(connection.try_advisory_lock(7));
    EXPECT_FALSE(connection.advisory_unlock(8));
  }
  auto connection = manager.session_pool().acquire();
  EXPECT_NE(connection.execute("SHOW search_path").text(0, "search_path"), "elsewhere");
  ConnectionManager other(quiet(cluster.url()));
  auto locker = other.session_pool().acquire();
  EXPECT_TRUE(eventually(10s, [&] { return locker.try_advisory_lock(7); })) << "the lock must end with the handle";
}

TEST_F(ConnectionManagerTest, ShutdownIsBoundedAndCutsWhatDoesNotComeBack) {
  ConnectionManager manager(quiet(cluster.url()));
  auto running = std::async(std::launch::async, [&] { manager.transaction_pool().acquire().execute("SELECT pg_sleep(60)"); });
  ASSERT_TRUE(eventually(10s, [&] { return manager.transaction_pool().stats().in_use == 1; }));
  const auto idle = std::make_unique<Connection<Lane::session>>(manager.session_pool().acquire());
  const auto start = std::chrono::steady_clock::now();
  const ManagerShutdown report = manager.shutdown(100ms);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 10s);
  EXPECT_EQ(report.transaction.cut, 1U);
  EXPECT_EQ(report.session.cut, 1U);
  EXPECT_THROW(running.get(), ConnectionError);
  EXPECT_THROW((void)manager.transaction_pool().acquire(), PoolClosedError);
  EXPECT_THROW((void)manager.session_pool(), PoolClosedError);
}

TEST_F(ConnectionManagerTest, ALoanMayOutliveItsManager) {
  std::unique_ptr<Connection<Lane::transaction>> loan;
  {
    ConnectionManager manager(quiet(cluster.url()));
    loan = std::make_unique<Connection<Lane::transaction>>(manager.transaction_pool().acquire());
  }
  EXPECT_THROW(loan->execute("SELECT 1", {}, {.timeout = 5s, .stop = {}}), Error) << "its connection was cut";
}
