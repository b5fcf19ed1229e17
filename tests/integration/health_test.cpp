/// Health: the probe of the lanes, a wedged worker, and both over HTTP.
#include <future>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "fixtures.hpp"
#include "poolguard/errors.hpp"
#include "poolguard/metrics_server.hpp"
#include "poolguard/worker.hpp"
#include "running_worker.hpp"
#include "support/eventually.hpp"
#include "support/http.hpp"

using namespace poolguard;
using namespace poolguard::test;
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

namespace {

HttpAnswer get(std::uint16_t port, const std::string& path) { return http(port, "GET", path, {"Host: localhost"}); }

class HealthTest : public OverEveryEngine {};

}  // namespace

INSTANTIATE_TEST_SUITE_P(Ways, HealthTest, every_way(), way_name);

TEST_P(HealthTest, BothLanesAreWell) {
  const Health health = engine.health(20s);
  EXPECT_TRUE(health.ok()) << health.text();
  EXPECT_EQ(health.session.pool.size, GetParam() == Way::pglite ? 1U : 3U);
}

TEST(Probe, TellsAStarvedPoolFromAServerThatIsGone) {
  TestCluster cluster;
  ConnectionOptions options = quiet(cluster.url());
  options.transaction_pool_size = 1;
  options.cancel_grace = 100ms;
  ConnectionManager manager(options);
  const auto held = manager.transaction_pool().acquire();
  const Health starved = manager.health(3s);
  EXPECT_EQ(starved.transaction.state, LaneState::pool_starved);
  EXPECT_THAT(starved.transaction.error, HasSubstr("1 of 1 connections on loan"));
  EXPECT_EQ(starved.transaction.pool.in_use, 1U);
  EXPECT_TRUE(starved.session.ok()) << starved.session.error;
  cluster.stop();
  const Health gone = manager.health(100ms);
  EXPECT_EQ(gone.transaction.state, LaneState::server_unreachable) << "the pool is starved still, but that isn't the trouble";
  EXPECT_EQ(gone.session.state, LaneState::server_unreachable);
}

TEST(Probe, AServerThatDoesNotAnswerIsUnreachable) {
  const TestCluster cluster;
  const PgBouncerProcess bouncer(cluster);
  ConnectionOptions options = quiet(bouncer.url());
  options.direct_url = cluster.url();
  options.cancel_grace = 100ms;
  ConnectionManager manager(options);
  EXPECT_TRUE(manager.health(20s).ok());
  bouncer.freeze();
  const Health health = manager.health(3s);
  EXPECT_EQ(health.transaction.state, LaneState::server_unreachable);
  EXPECT_TRUE(health.session.ok());
}

TEST(Probe, ALaneThatIsRefusedIsUnavailable) {
  const TestCluster cluster;
  ConnectionOptions options = quiet(cluster.url());
  options.disable_direct_pool = true;
  ConnectionManager manager(options);
  EXPECT_EQ(manager.health().session.state, LaneState::lane_unavailable);
}

/// Its session pool is held by somebody else, so its claims don't get through.
TEST(Wedge, IsToldWhileItLastsAndIsOverWhenItIsOver) {
  const TestCluster cluster;
  ConnectionOptions connection = quiet(cluster.url());
  connection.session_pool_size = 1;
  PostgresEngine engine(connection);
  Queue queue(engine);
  queue.migrate();
  Log log;
  WorkerOptions options;
  options.events = log.sink();
  options.wedge_after = 300ms;
  options.call_timeout = 10s;
  options.poll_least = 10ms;
  options.poll_most = 20ms;
  Worker worker(engine, options);
  worker.handle("a", kNoop);
  MetricsServer server(engine, worker, {.probe_interval = 1ms, .probe_timeout = 100ms, .count_interval = 1ms});
  EXPECT_EQ(worker.health().state, WorkerState::idle);
  {
    const Running running(worker);
    ASSERT_TRUE(eventually(20s, [&] { return worker.report().claims > 0; }));
    EXPECT_TRUE(worker.health().ok());
    {
      const auto held = engine.manager().session_pool().acquire({.timeout = 20s, .stop = {}});
      queue.add({.name = "a"});
      ASSERT_TRUE(eventually(20s, [&] { return log.count("worker.wedged") == 1; }));
      EXPECT_EQ(worker.health().state, WorkerState::wedged);
      EXPECT_THAT(worker.health().reason, HasSubstr("session lane: pool starved"));
      const HttpAnswer answer = get(server.port(), "/healthz");
      EXPECT_EQ(answer.status, 503);
      EXPECT_EQ(nlohmann::json::parse(answer.body)["state"], "wedged");
      EXPECT_THAT(get(server.port(), "/metrics").body, HasSubstr("state=\"wedged\"} 1\n"));
    }
    EXPECT_TRUE(eventually(20s, [&] { return log.count("worker.recovered") == 1; }));
    EXPECT_TRUE(eventually(20s, [&] { return worker.report().completed == 1; }));
    EXPECT_TRUE(worker.health().ok());
  }
  EXPECT_EQ(worker.health().state, WorkerState::ended);
  EXPECT_EQ(log.count("worker.wedged"), 1U);
}

TEST(Wedge, AWorkerWhoseDatabaseIsGoneIsCutOff) {
  TestCluster cluster;
  PostgresEngine engine(quiet(cluster.url()));
  Queue(engine).migrate();
  Log log;
  WorkerOptions options;
  options.events = log.sink();
  options.wedge_after = 200ms;
  Worker worker(engine, options);
  worker.handle("a", kNoop);
  const Running running(worker);
  ASSERT_TRUE(eventually(20s, [&] { return worker.report().claims > 0; }));
  cluster.stop();
  EXPECT_TRUE(eventually(20s, [&] { return log.count("worker.cut_off") == 1; }));
  EXPECT_THAT(worker.health().reason, HasSubstr("server unreachable"));
}

TEST(MetricsServerTest, ServesHealthAndMetricsAndNothingElse) {
  const TestCluster cluster;
  PostgresEngine engine(quiet(cluster.url()));
  Queue queue(engine);
  queue.migrate();
  queue.add({.name = "other"});
  WorkerOptions options;
  options.events = {};
  Worker worker(engine, options);
  worker.handle("a", kNoop);
  const MetricsServer server(engine, worker, {.probe_timeout = 20s});
  const Running running(worker);
  ASSERT_TRUE(eventually(20s, [&] { return worker.health().state == WorkerState::working; }));
  const HttpAnswer health = get(server.port(), "/healthz");
  EXPECT_EQ(health.status, 200);
  EXPECT_THAT(health.head, HasSubstr("Content-Type: application/json"));
  EXPECT_TRUE(nlohmann::json::parse(health.body)["ok"]);
  const HttpAnswer metrics = get(server.port(), "/metrics");
  EXPECT_EQ(metrics.status, 200);
  EXPECT_THAT(metrics.head, HasSubstr("Content-Type: text/plain; version=0.0.4"));
  EXPECT_THAT(metrics.body, HasSubstr("status=\"waiting\"} 1\n"));
  for (const HttpAnswer& answer : {health, metrics}) EXPECT_THAT(answer.body, Not(HasSubstr(TestCluster::kPassword)));
  EXPECT_EQ(get(server.port(), "/").status, 404);
  EXPECT_EQ(http(server.port(), "POST", "/healthz", {"Host: localhost"}).status, 404);
}

TEST(MetricsServerTest, ListensOnLocalhostUnlessToldAndSaysIfItCannot) {
  const TestCluster cluster;
  PostgresEngine engine(quiet(cluster.url()));
  Worker worker(engine, WorkerOptions());
  const MetricsServer server(engine, worker);
  EXPECT_THROW(MetricsServer(engine, worker, {.address = std::to_string(server.port())}), ConfigError) << "in use";
  EXPECT_THROW(MetricsServer(engine, worker, {.address = "nonsense"}), ConfigError);
  const std::uint16_t port = MetricsServer(engine, worker, {.address = "127.0.0.1:0"}).port();
  EXPECT_EQ(get(port, "/healthz").status, 0) << "it has ended";
}
