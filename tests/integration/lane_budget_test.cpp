/// The lane budget, asked of a server.
#include "poolguard/lane_budget.hpp"

#include <gmock/gmock.h>

#include "fixtures.hpp"
#include "poolguard/connection_url.hpp"
#include "poolguard/errors.hpp"

using namespace poolguard;
using namespace poolguard::test;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

namespace {

class LaneBudgetTest : public testing::Test {
 protected:
  TestCluster cluster{{"max_connections=30", "superuser_reserved_connections=4"}};

  /// The URL of a role that is no superuser.
  std::string tenant() {
    PostgresEngine engine(quiet(cluster.url()));
    engine.execute("CREATE ROLE tenant LOGIN");
    return with_user("tenant");
  }
  std::string with_user(const std::string& user) const {
    ConnectionUrl url = ConnectionUrl::parse(cluster.url());
    url.set("user", user);
    return url.secret_conninfo();
  }
  void run(const std::string& sql) { PostgresEngine(quiet(cluster.url())).execute(sql); }
};

}  // namespace

TEST_F(LaneBudgetTest, KnowsTheServersLimitsAndTheRolesAndTheDatabases) {
  ConnectionManager manager(quiet(tenant()));
  EXPECT_EQ(manager.budget().allowed, 26);
  run("ALTER DATABASE postgres CONNECTION LIMIT 20");
  EXPECT_EQ(manager.budget().allowed, 20);
  run("ALTER ROLE tenant CONNECTION LIMIT 12");
  EXPECT_EQ(manager.budget().allowed, 12);
  EXPECT_EQ(manager.budget().needed(), 14);
  EXPECT_FALSE(manager.budget().fits());
}

TEST_F(LaneBudgetTest, CountsTheSessionsOfOtherRolesToo) {
  PostgresEngine other(quiet(cluster.url()));
  (void)other.execute("SELECT 1");
  ConnectionManager manager(quiet(tenant()));
  EXPECT_GE(manager.budget().in_use, 3) << "one of each lane, and the other role's";
}

TEST_F(LaneBudgetTest, ASuperuserIsBoundByMaxConnectionsOnly) {
  run("ALTER DATABASE postgres CONNECTION LIMIT 20");
  ConnectionManager manager(quiet(cluster.url()));
  EXPECT_EQ(manager.budget().allowed, 30);
}

TEST_F(LaneBudgetTest, SeesThePoolerBeforeTheTransactionLane) {
  const PgBouncerProcess bouncer(cluster);
  ConnectionOptions options = quiet(bouncer.url());
  options.direct_url = cluster.url();
  options.transaction_pool_size = 200;
  ConnectionManager manager(options);
  EXPECT_TRUE(manager.budget().pooled);
  EXPECT_EQ(manager.budget().needed(), 4);
}

TEST_F(LaneBudgetTest, WarnsByDefaultRefusesIfToldAndIsSilentIfOff) {
  Log log;
  ConnectionOptions options = quiet(cluster.url());
  options.processes = 3;
  options.events = log.sink();
  {
    PostgresEngine engine(options);
    engine.require_session_lane();
    engine.require_session_lane();
    EXPECT_EQ(log.count("lane.budget"), 1U) << "once";
    EXPECT_THAT(log.events.back().message, HasSubstr("42 of 30"));
    EXPECT_EQ(log.events.back().level, Level::warning);
  }
  options.budget = BudgetPolicy::refuse;
  PostgresEngine refusing(options);
  EXPECT_THROW(refusing.require_session_lane(), LaneBudgetError);
  EXPECT_THROW(refusing.require_session_lane(), LaneBudgetError) << "and again";
  EXPECT_EQ(log.count("lane.budget"), 1U);
  options.budget = BudgetPolicy::off;
  PostgresEngine(options).require_session_lane();
  EXPECT_EQ(log.count("lane.budget"), 1U);
  options.budget = BudgetPolicy::refuse;
  options.processes = 2;
  PostgresEngine(options).require_session_lane();
  EXPECT_EQ(log.count("lane.budget"), 2U);
  EXPECT_EQ(log.events.back().level, Level::info);
}
