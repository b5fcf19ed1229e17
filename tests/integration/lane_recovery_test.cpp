/// A session lane that goes, and comes back; and the way round a direct host that can't be reached.
#include <unistd.h>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "fixtures.hpp"
#include "poolguard/connection_url.hpp"
#include "poolguard/errors.hpp"
#include "support/eventually.hpp"

using namespace poolguard;
using namespace poolguard::test;
using namespace std::chrono_literals;
using testing::HasSubstr;

namespace {

/// The direct connection has a role of its own, which the test lets in or not.
class LaneRecoveryTest : public testing::Test {
 protected:
  TestCluster cluster;
  Log log;

  LaneRecoveryTest() { run("CREATE ROLE direct LOGIN SUPERUSER"); }

  void run(const std::string& sql) { PostgresEngine(quiet(cluster.url())).execute(sql); }
  void lose_lane() {
    run("ALTER ROLE direct NOLOGIN");
    run("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = 'direct'");
  }
  ConnectionOptions degrading() {
    ConnectionOptions options = quiet(cluster.url());
    ConnectionUrl direct = ConnectionUrl::parse(cluster.url());
    direct.set("user", "direct");
    options.direct_url = direct.secret_conninfo();
    options.session_lane = SessionLanePolicy::degrade;
    options.session_retry = 50ms;
    options.events = log.sink();
    return options;
  }
  static std::string session_user(Engine& engine) {
    return engine.execute_direct("SELECT current_user::text AS name").text(0, "name");
  }
  bool says(const std::string& event, std::size_t times = 1) {
    return eventually(20s, [&] { return log.count(event) == times; });
  }
};

}  // namespace

TEST_F(LaneRecoveryTest, ALaneThatIsMissingAtTheStartIsTakenWhenItIsThere) {
  run("ALTER ROLE direct NOLOGIN");
  const auto manager = std::make_shared<ConnectionManager>(degrading());
  PostgresEngine engine(manager);
  EXPECT_EQ(session_user(engine), "poolguard");
  EXPECT_EQ(manager->describe().session_source, SessionSource::degraded);
  EXPECT_FALSE(engine.listen("a"));
  ConnectionPool<Lane::session>& before = manager->session_pool();
  run("ALTER ROLE direct LOGIN");
  ASSERT_TRUE(says("lane.recovered"));
  EXPECT_EQ(session_user(engine), "direct");
  EXPECT_EQ(manager->describe().session_source, SessionSource::explicit_url);
  EXPECT_TRUE(engine.listen("a"));
  EXPECT_EQ(before.acquire().execute("SELECT 1 AS n").number(0, "n"), 1) << "a reference from before still works";
  EXPECT_EQ(log.count("lane.degraded"), 1U);
}

TEST_F(LaneRecoveryTest, ALaneThatIsLostLaterIsDegradedAndTakenBack) {
  PostgresEngine engine(degrading());
  EXPECT_EQ(session_user(engine), "direct");
  lose_lane();
  EXPECT_THROW(session_user(engine), ConnectionError) << "this call finds out";
  EXPECT_EQ(session_user(engine), "poolguard");
  EXPECT_EQ(log.count("lane.degraded"), 1U);
  run("ALTER ROLE direct LOGIN");
  ASSERT_TRUE(says("lane.recovered"));
  EXPECT_EQ(session_user(engine), "direct");
  lose_lane();
  EXPECT_THROW(session_user(engine), ConnectionError);
  EXPECT_EQ(session_user(engine), "poolguard") << "and once more";
  run("ALTER ROLE direct LOGIN");
  EXPECT_TRUE(says("lane.recovered", 2));
}

TEST_F(LaneRecoveryTest, ThePolicyToRefuseNeverChangesLanes) {
  ConnectionOptions options = degrading();
  options.session_lane = SessionLanePolicy::refuse;
  PostgresEngine engine(options);
  EXPECT_EQ(session_user(engine), "direct");
  lose_lane();
  EXPECT_THROW(session_user(engine), ConnectionError);
  EXPECT_THROW(session_user(engine), ConnectionError);
  EXPECT_EQ(log.count("lane.degraded"), 0U);
  run("ALTER ROLE direct LOGIN");
  EXPECT_EQ(session_user(engine), "direct");
}

TEST_F(LaneRecoveryTest, IfNeitherCanBeReachedNothingChanges) {
  PostgresEngine engine(degrading());
  EXPECT_EQ(session_user(engine), "direct");
  cluster.stop();
  EXPECT_THROW(session_user(engine), ConnectionError);
  EXPECT_THROW(session_user(engine), ConnectionError);
  EXPECT_EQ(log.count("lane.degraded"), 0U);
}

TEST_F(LaneRecoveryTest, AManagerEndsWhileItTriesToRecover) {
  run("ALTER ROLE direct NOLOGIN");
  ConnectionOptions options = degrading();
  options.session_retry = 1ms;
  { (void)ConnectionManager(options).session_pool().acquire(); }
  { PostgresEngine(options).require_session_lane(); }
  EXPECT_EQ(log.count("lane.degraded"), 2U);
}

TEST_F(LaneRecoveryTest, WhoseDirectHostCannotBeReachedGoesThroughTheSessionModePooler) {
  // A loopback address of our own, since the ports are Supabase's.
  const auto pid = static_cast<unsigned>(::getpid());
  const std::string address = fmt::format("127.{}.{}.{}", 1 + pid / 60000 % 200, 1 + pid / 240 % 250, 2 + pid % 240);
  const PgBouncerProcess pooler(cluster, {.pool_mode = "session", .settings = {}, .address = address, .port = 5432});
  // Nobody can have a name with a label that long, so nobody is asked.
  const std::string project(70, 'p');
  ConnectionOptions options;
  options.url = fmt::format("host=aws-0-test.pooler.supabase.com hostaddr={} port=6543 user=postgres.{} dbname=postgres password={}", address,
                            project, TestCluster::kPassword);
  options.events = log.sink();
  PostgresEngine engine(options);
  EXPECT_EQ(engine.execute_direct("SELECT 1 AS n").number(0, "n"), 1);
  EXPECT_EQ(engine.manager().describe().session_source, SessionSource::session_pooler);
  EXPECT_THAT(engine.describe(), HasSubstr("aws-0-test.pooler.supabase.com:5432"));
  EXPECT_EQ(log.count("lane.fallback"), 1U);
  const auto listener = engine.listen("a");
  ASSERT_TRUE(listener);
  engine.execute_direct("SELECT pg_notify('a', 'heard')");
  EXPECT_EQ(listener->wait(10s, {}).size(), 1U);
}
