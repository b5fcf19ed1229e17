/// Health: the probe of the lanes, a wedged worker, and both over HTTP.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "fixtures.hpp"
#include "poolguard/errors.hpp"
#include "poolguard/metrics_server.hpp"
#include "poolguard/worker.hpp"
#include "running_worker.hpp"
#include "support/eventually.hpp"

using namespace poolguard;
using namespace poolguard::test;
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

namespace {

/// One HTTP request; the whole answer, or "" if nobody listens.
std::string http(std::uint16_t port, const std::string& path, const std::string& method = "GET") {
  const int connection = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  if (::connect(connection, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    const std::string request = method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    (void)!::write(connection, request.data(), request.size());
    char part[4096];
    for (ssize_t got = 0; (got = ::read(connection, part, sizeof part)) > 0;) answer.append(part, static_cast<std::size_t>(got));
  }
  ::close(connection);
  return answer;
}

nlohmann::json body(const std::string& answer) { return nlohmann::json::parse(answer.substr(answer.find("\r\n\r\n") + 4)); }

class HealthTest : public OverEveryEngine {};

}  // namespace

INSTANTIATE_TEST_SUITE_P(Ways, HealthTest, every_way(), way_name);

TEST_P(HealthTest, BothLanesAreWell) {
  const Health health = engine.health();
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
  const Health starved = manager.health(100ms);
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
  EXPECT_TRUE(manager.health().ok());
  bouncer.freeze();
  const Health health = manager.health(200ms);
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
  options.call_timeout = 200ms;
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
      const std::string answer = http(server.port(), "/healthz");
      EXPECT_THAT(answer, StartsWith("HTTP/1.1 503"));
      EXPECT_EQ(body(answer)["state"], "wedged");
      EXPECT_THAT(http(server.port(), "/metrics"), HasSubstr("state=\"wedged\"} 1\n"));
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
  const MetricsServer server(engine, worker);
  const Running running(worker);
  ASSERT_TRUE(eventually(20s, [&] { return worker.health().state == WorkerState::working; }));
  const std::string health = http(server.port(), "/healthz");
  EXPECT_THAT(health, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(health, HasSubstr("Content-Type: application/json"));
  EXPECT_TRUE(body(health)["ok"]);
  const std::string metrics = http(server.port(), "/metrics");
  EXPECT_THAT(metrics, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(metrics, HasSubstr("Content-Type: text/plain; version=0.0.4"));
  EXPECT_THAT(metrics, HasSubstr("status=\"waiting\"} 1\n"));
  for (const std::string& answer : {health, metrics}) EXPECT_THAT(answer, Not(HasSubstr(TestCluster::kPassword)));
  EXPECT_THAT(http(server.port(), "/"), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(http(server.port(), "/healthz", "POST"), StartsWith("HTTP/1.1 404"));
}

TEST(MetricsServerTest, ListensOnLocalhostUnlessToldAndSaysIfItCannot) {
  const TestCluster cluster;
  PostgresEngine engine(quiet(cluster.url()));
  Worker worker(engine, WorkerOptions());
  const MetricsServer server(engine, worker);
  EXPECT_THROW(MetricsServer(engine, worker, {.address = std::to_string(server.port())}), ConfigError) << "in use";
  EXPECT_THROW(MetricsServer(engine, worker, {.address = "nonsense"}), ConfigError);
  const std::uint16_t port = MetricsServer(engine, worker, {.address = "127.0.0.1:0"}).port();
  EXPECT_EQ(http(port, "/healthz"), "") << "it has ended";
}
