// `poolguard-jobs ui`: what the dashboard shows and does, whom it lets in, and what it refuses.
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include <gmock/gmock.h>

#include "cli_fixture.hpp"
#include "support/http.hpp"

using namespace poolguard;
using namespace poolguard::test;
using namespace std::chrono_literals;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

namespace {

constexpr const char* kToken = "correcthorsebattery";
constexpr const char* kOurs = "X-Poolguard-UI: 1";
using Headers = std::vector<std::string>;

class DashboardTest : public CliTest {
 protected:
  void start(std::vector<std::string> more = {}, const std::string& listen = "0") {
    std::vector<std::string> arguments{POOLGUARD_JOBS, "ui", "--json", "--listen", listen};
    arguments.insert(arguments.end(), more.begin(), more.end());
    server_.emplace(std::move(arguments), environment);
    ASSERT_TRUE(eventually(30s, [this] { return server_->out().find('\n') != std::string::npos; })) << server_->err();
    const std::string url = json::parse(server_->out())["url"];
    port_ = static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
  }
  /// As a browser at our own page asks, but for what `more` adds.
  HttpAnswer get(const std::string& path, Headers more = {}) { return ask("GET", path, std::move(more)); }
  HttpAnswer post(const std::string& path, Headers more = {}, const std::string& body = "") {
    more.emplace_back(kOurs);
    more.push_back("Origin: http://localhost:" + std::to_string(port_));
    return ask("POST", path, std::move(more), body);
  }
  HttpAnswer ask(const std::string& method, const std::string& path, Headers headers, const std::string& body = "") {
    headers.push_back("Host: localhost:" + std::to_string(port_));
    return http(port_, method, path, headers, body);
  }
  /// A dead job. Its payload isn't what `sleep` reads, so that it fails.
  void add_dead_job() {
    cli({"submit", "sleep", "--payload", "[]", "--max-attempts", "1"});
    ASSERT_EQ(cli({"work", "--until-empty"}).status, 0);
  }
  JobStatus status(JobId id) {
    PostgresEngine engine(connection());
    return Queue(engine).get(id).value().status;
  }

  std::uint16_t port_ = 0;
  std::optional<Command> server_;
};

/// The addresses, in hexadecimal, on which something listens at this port.
std::vector<std::string> listeners(std::uint16_t port) {
  std::vector<std::string> addresses;
  for (const char* table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    std::ifstream in(table);
    std::string line;
    std::getline(in, line);  // the headings
    while (std::getline(in, line)) {
      std::istringstream fields(line);
      std::string number, local, remote, state;
      fields >> number >> local >> remote >> state;
      const std::size_t colon = local.find(':');
      if (state == "0A" && std::stoul(local.substr(colon + 1), nullptr, 16) == port) addresses.push_back(local.substr(0, colon));
    }
  }
  return addresses;
}

}  // namespace

TEST_F(DashboardTest, ShowsTheStateAndTheJobs) {
  add_dead_job();
  start();
  const HttpAnswer state = get("/api/state");
  ASSERT_EQ(state.status, 200) << state.body;
  EXPECT_EQ(json::parse(state.body)["failures"][0]["id"], 1);
  EXPECT_EQ(json::parse(state.body)["lanes"]["transaction"]["state"], "ok");
  EXPECT_EQ(json::parse(get("/api/jobs?status=dead").body)["jobs"].size(), 1U);
  EXPECT_EQ(json::parse(get("/api/jobs?status=waiting").body)["jobs"].size(), 0U);
  EXPECT_EQ(json::parse(get("/api/jobs?queue=other").body)["jobs"].size(), 0U);
  EXPECT_EQ(json::parse(get("/api/jobs?name=sl%65ep&limit=1").body)["jobs"].size(), 1U);
  EXPECT_EQ(json::parse(get("/api/jobs/1").body)["payload"], json::array());
  for (const char* path : {"/api/jobs?status=lost", "/api/jobs?limit=0", "/api/jobs?limit=201", "/api/jobs?limit=x", "/api/jobs?queue=%ff", "/api/jobs?name=a%00"}) {
    EXPECT_EQ(get(path).status, 400) << path;
  }
  for (const char* path : {"/api/jobs/99", "/api/jobs/x", "/api/jobs/1/retry", "/api", "/nowhere", "/../etc/passwd"}) {
    EXPECT_EQ(get(path).status, 404) << path;
  }
  server_->signal(SIGTERM);
  const CommandResult result = server_->wait();
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.err, Not(HasSubstr("error")));
}

TEST_F(DashboardTest, ItsPageAllowsNothingButItsOwnScriptAndStyle) {
  start();
  for (const char* path : {"/", "/page.css", "/page.js", "/icon.svg", "/api/state", "/nowhere"}) {
    const HttpAnswer answer = get(path);
    EXPECT_THAT(answer.head, AllOf(HasSubstr("Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'"),
                                   HasSubstr("frame-ancestors 'none'"), HasSubstr("X-Content-Type-Options: nosniff"),
                                   HasSubstr("Cache-Control: no-store"), Not(HasSubstr("Access-Control"))))
        << path;
  }
  EXPECT_THAT(get("/").body, AllOf(HasSubstr("Poolguard jobs"), Not(HasSubstr("://")), Not(HasSubstr("style="))));
  EXPECT_THAT(get("/page.js").body, AllOf(HasSubstr("textContent"), Not(HasSubstr("innerHTML"))));
}

TEST_F(DashboardTest, RetriesAndCancels) {
  add_dead_job();
  const std::string events = testing::TempDir() + "/poolguard-dashboard-" + std::to_string(::getpid());
  start({"--events", events});
  EXPECT_EQ(json::parse(get("/api/state").body)["queues"][0]["jobs"]["dead"], 1);
  const HttpAnswer retried = post("/api/jobs/1/retry");
  EXPECT_EQ(retried.status, 200) << retried.body;
  EXPECT_EQ(status(1), JobStatus::waiting);
  EXPECT_EQ(json::parse(get("/api/state").body)["queues"][0]["jobs"]["dead"], 0) << "what was seen before is forgotten";
  EXPECT_EQ(post("/api/jobs/1/cancel").status, 200);
  EXPECT_EQ(status(1), JobStatus::cancelled);
  EXPECT_EQ(post("/api/jobs/1/cancel").status, 409);
  EXPECT_EQ(post("/api/jobs/99/retry").status, 409);
  for (const char* path : {"/api/jobs/1/delete", "/api/jobs/x/retry", "/api/jobs//retry", "/api/jobs/1", "/api/state"}) {
    EXPECT_EQ(post(path).status, 404) << path;
  }
  std::ifstream in(events);
  std::vector<std::string> told;
  for (std::string line; std::getline(in, line);) told.push_back(json::parse(line)["event"]);
  EXPECT_THAT(told, testing::IsSupersetOf({"dashboard.retry", "dashboard.cancel"}));
  std::filesystem::remove(events);
}

TEST_F(DashboardTest, AnotherSitesPageCanNeitherReadNorChange) {
  add_dead_job();
  start();
  const std::string retry = "/api/jobs/1/retry", own = "Origin: http://localhost:" + std::to_string(port_);
  EXPECT_EQ(ask("POST", retry, {own}).status, 403) << "a form can send this, but not our header";
  EXPECT_EQ(ask("POST", retry, {own, "X-Poolguard-UI: 0"}).status, 403);
  for (const char* origin : {"http://evil.example", "null", "http://localhost", "http://localhost:1", "http://localhost.evil.example"}) {
    EXPECT_EQ(ask("POST", retry, {kOurs, std::string("Origin: ") + origin}).status, 403) << origin;
  }
  EXPECT_EQ(ask("POST", retry, {kOurs, "Sec-Fetch-Site: cross-site"}).status, 403);
  EXPECT_EQ(ask("POST", retry, {kOurs, "Sec-Fetch-Site: same-site"}).status, 403);
  for (const char* method : {"GET", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"}) EXPECT_GE(ask(method, retry, {kOurs, own}).status, 400) << method;
  const HttpAnswer preflight = ask("OPTIONS", retry, {"Origin: http://evil.example", "Access-Control-Request-Method: POST",
                                                      "Access-Control-Request-Headers: x-poolguard-ui"});
  EXPECT_EQ(preflight.status, 405);
  EXPECT_THAT(preflight.head, Not(HasSubstr("Access-Control")));
  EXPECT_EQ(status(1), JobStatus::dead);
  EXPECT_EQ(post(retry).status, 200) << "the same from our own page";
}

TEST_F(DashboardTest, ItIsKnownByItsOwnNamesOnly) {
  add_dead_job();
  start({"--host", "queue.example"});
  const std::string port = ":" + std::to_string(port_);
  for (const std::string& host : {"localhost" + port, "127.0.0.1" + port, "[::1]" + port, std::string("LocalHost"), "queue.example" + port}) {
    EXPECT_EQ(http(port_, "GET", "/api/state", {"Host: " + host}).status, 200) << host;
  }
  for (const std::string& host : {"evil.example" + port, "localhost.evil.example" + port, "127.0.0.1.evil.example" + port,
                                  std::string("evil.example, localhost"), std::string("[::1"), std::string("0.0.0.0")}) {
    EXPECT_EQ(http(port_, "GET", "/api/state", {"Host: " + host}).status, 403) << host;
    EXPECT_EQ(http(port_, "GET", "/", {"Host: " + host}).status, 403) << host;
    EXPECT_EQ(http(port_, "POST", "/api/jobs/1/retry", {"Host: " + host, kOurs, "Origin: http://" + host}).status, 403) << host;
  }
  EXPECT_GE(http(port_, "GET", "/api/state", {}).status, 400);
  EXPECT_EQ(http(port_, "GET", "/api/state", {"Host: evil.example", "Host: localhost"}).status, 403);
  EXPECT_EQ(status(1), JobStatus::dead);
}

TEST_F(DashboardTest, TakesNoLargeBody) {
  start();
  EXPECT_EQ(post("/api/login", {}, std::string(4097, 'x')).status, 413);
  EXPECT_EQ(post("/api/login", {}, std::string(4096, 'x')).status, 401);
  EXPECT_EQ(post("/api/login", {"Transfer-Encoding: chunked"}, "1\r\nx\r\n0\r\n\r\n").status, 411);
  // It closes what it won't read to the end, which may reach the client before the answer.
  EXPECT_NE(get("/", {"X-Large: " + std::string(100000, 'x')}).status, 200);
  EXPECT_EQ(get("/").status, 200) << "it goes on";
}

TEST_F(DashboardTest, BeyondThisMachineItNeedsAToken) {
  const CommandResult refused = cli({"ui", "--listen", "0.0.0.0:0"});
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.err, HasSubstr("POOLGUARD_UI_TOKEN"));
  EXPECT_EQ(cli({"ui", "--listen", "[::]:0"}).status, 2);
  EXPECT_EQ(cli({"ui", "--listen", "0.0.0.0:0", "--token", "fifteen letters"}).status, 2);
  EXPECT_THAT(cli({"ui", "--token", "123456789012345"}).err, HasSubstr("16 characters"));
  // What civetweb would take for more addresses, or TLS, or all of them.
  for (const char* address : {"127.0.0.1:0,0.0.0.0:0", "0,0.0.0.0:0", "0s", "+0", "x:0x", ":0", "", "127.0.0.1:65536"}) {
    const CommandResult result = cli({"ui", "--listen", address});
    EXPECT_EQ(result.status, 2) << address;
    EXPECT_THAT(result.err, HasSubstr("no address to listen on")) << address;
  }
  EXPECT_EQ(cli({"ui", "--host", "a b"}).status, 2);

  environment["POOLGUARD_UI_TOKEN"] = kToken;
  start({}, "0.0.0.0:0");
  EXPECT_EQ(get("/api/state").status, 401);
  EXPECT_EQ(get("/api/state", {std::string("Authorization: Bearer ") + kToken}).status, 200);
}

TEST_F(DashboardTest, ListensOnThisMachineOnlyUnlessTold) {
  start();
  EXPECT_EQ(get("/api/state").status, 200);
  EXPECT_THAT(listeners(port_), testing::ElementsAre("0100007F")) << "127.0.0.1, as /proc/net/tcp has it";
}

TEST_F(DashboardTest, LetsInWhoHasTheToken) {
  add_dead_job();
  environment["POOLGUARD_UI_TOKEN"] = kToken;
  start();
  EXPECT_EQ(get("/").status, 200) << "the page is no secret, and has the form";
  const std::string bearer = std::string("Authorization: Bearer ") + kToken;
  const std::string name = "poolguard_ui_" + std::to_string(port_);  // a browser has one for each dashboard of the host
  for (const Headers& headers : std::vector<Headers>{{}, {"Authorization: Bearer wrong"}, {bearer + "x"}, {bearer.substr(0, bearer.size() - 1)},
                                                     {"Authorization: Bearer "}, {"Cookie: " + name + "=" + kToken}, {"Cookie: " + name + "="}}) {
    EXPECT_EQ(get("/api/state", headers).status, 401);
    EXPECT_EQ(get("/api/jobs", headers).status, 401);
    EXPECT_EQ(get("/api/jobs/1", headers).status, 401);
    EXPECT_EQ(post("/api/jobs/1/retry", headers).status, 401);
  }
  EXPECT_EQ(get("/api/state", {bearer}).status, 200);
  EXPECT_EQ(ask("POST", "/api/jobs/1/retry", {bearer}).status, 403) << "the token is no way around the header";

  EXPECT_EQ(post("/api/login", {}, "wrong").status, 401);
  EXPECT_EQ(ask("POST", "/api/login", {}, kToken).status, 403);
  const HttpAnswer login = post("/api/login", {}, kToken);
  ASSERT_EQ(login.status, 200) << login.body;
  EXPECT_THAT(login.head, AllOf(HasSubstr("HttpOnly"), HasSubstr("SameSite=Strict"), Not(HasSubstr(kToken))));
  const std::size_t begin = login.head.find(name + "=");
  const std::string cookie = "Cookie: poolguard_ui_1=another; " + login.head.substr(begin, login.head.find(';', begin) - begin);
  EXPECT_EQ(get("/api/state", {cookie}).status, 200);
  EXPECT_EQ(ask("POST", "/api/jobs/1/retry", {cookie}).status, 403) << "nor is the cookie";
  EXPECT_EQ(status(1), JobStatus::dead);
  EXPECT_EQ(post("/api/jobs/1/retry", {cookie}).status, 200);
  EXPECT_EQ(status(1), JobStatus::waiting);
}

TEST_F(DashboardTest, SaysWhatIsWrongWithTheDatabaseAndNoPassword) {
  TestCluster cluster;
  environment["POOLGUARD_DATABASE_URL"] = cluster.url();
  start();
  cluster.stop();
  const HttpAnswer state = get("/api/state");
  EXPECT_EQ(state.status, 503);
  EXPECT_THAT(state.body, AllOf(HasSubstr("error"), Not(HasSubstr(TestCluster::kPassword))));
  EXPECT_EQ(get("/").status, 200);
}

// What is there: job 1 is dead, 2 should have run long ago, 3 runs. Each has texts that would be markup if they could.
TEST_F(DashboardTest, InChromiumJobsAreSeenRetriedAndCancelled) {
  if (!std::filesystem::exists(POOLGUARD_CHROMIUM)) GTEST_SKIP() << "chromium isn't there";
  PostgresEngine engine(connection());
  Queue queue(engine);
  queue.migrate();
  const std::string hostile = R"("'><img src=x onerror=window.ran=1><script>window.ran=1</script>)";
  queue.add({.name = hostile, .payload = json{{"to", hostile}}.dump(), .max_attempts = 1});
  const auto failing = queue.claim({.worker = hostile, .names = {hostile}});
  ASSERT_EQ(failing.size(), 1U);
  ASSERT_TRUE(queue.fail(failing.front().key(), hostile, 0ms));
  queue.add({.name = hostile, .queue = "stuck", .run_at = std::chrono::system_clock::now() - 1h});
  queue.add({.name = hostile, .queue = hostile});
  const auto running = queue.claim({.worker = hostile, .queue = hostile, .names = {hostile}, .lease = 1h});
  ASSERT_EQ(running.size(), 1U);
  ASSERT_TRUE(queue.report_progress(running.front().key(), json(hostile).dump()));

  environment["POOLGUARD_UI_TOKEN"] = kToken;
  start();
  const CommandResult seen = run({POOLGUARD_PYTHON, POOLGUARD_DASHBOARD_IN_BROWSER, POOLGUARD_CHROMIUM,
                                  "http://localhost:" + std::to_string(port_) + "/", kToken, hostile});
  EXPECT_EQ(seen.status, 0) << seen.out << seen.err;
  EXPECT_EQ(status(1), JobStatus::waiting) << "retried";
  EXPECT_EQ(status(2), JobStatus::cancelled);
  EXPECT_TRUE(queue.get(3)->cancel_requested);
}
