// `poolguard-jobs watch`, at a terminal and elsewhere.
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <sstream>

#include <gmock/gmock.h>

#include "cli_fixture.hpp"

using namespace poolguard;
using namespace poolguard::test;
using namespace std::chrono_literals;
using nlohmann::json;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

namespace {

std::vector<json> objects(const std::string& lines) {
  std::vector<json> out;
  std::istringstream in(lines);
  for (std::string line; std::getline(in, line);) out.push_back(json::parse(line));
  return out;
}

/// A program at a terminal of its own, 24 lines by 80 columns.
class AtTerminal {
 public:
  AtTerminal(const std::vector<std::string>& arguments, const std::map<std::string, std::string>& environment) {
    const winsize size{.ws_row = 24, .ws_col = 80, .ws_xpixel = 0, .ws_ypixel = 0};
    pid_ = ::forkpty(&terminal_, nullptr, nullptr, &size);
    if (pid_ == 0) {
      for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
      std::vector<char*> pointers;
      for (const std::string& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
      pointers.push_back(nullptr);
      ::execv(pointers.front(), pointers.data());
      ::_exit(127);
    }
  }
  ~AtTerminal() {
    if (pid_ > 0 && status_ < 0) ::kill(pid_, SIGKILL);
    (void)end();
    ::close(terminal_);
  }
  AtTerminal(const AtTerminal&) = delete;
  AtTerminal& operator=(const AtTerminal&) = delete;

  /// Reads on until `text` was written, behind the first `after` bytes; false if the program ends before.
  bool reads(const std::string& text, std::size_t after = 0) {
    while (seen_.find(text, after) == std::string::npos) {
      if (!read_some()) return false;
    }
    return true;
  }
  void press(char key) const { ASSERT_EQ(::write(terminal_, &key, 1), 1); }
  /// Reads all that is left; the exit status.
  int end() {
    while (read_some()) {
    }
    if (status_ < 0) {
      int status = 0;
      ::waitpid(pid_, &status, 0);
      status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    return status_;
  }
  [[nodiscard]] const std::string& seen() const { return seen_; }

 private:
  bool read_some() {
    std::array<char, 4096> part{};
    const ssize_t got = ::read(terminal_, part.data(), part.size());
    if (got > 0) seen_.append(part.data(), static_cast<std::size_t>(got));
    return got > 0;
  }

  pid_t pid_ = -1;
  int terminal_ = -1, status_ = -1;
  std::string seen_;
};

class WatchTest : public CliTest {
 protected:
  json look() { return json::parse(cli({"watch", "--once", "--json"}).out); }
};

}  // namespace

TEST_F(WatchTest, ShowsQueuesRunningJobsFailuresAndLanes) {
  cli({"submit", "sleep", "--payload", "[]", "--max-attempts", "1"});  // not what `sleep` reads, so that it fails
  cli({"work", "--until-empty"});
  cli({"submit", "noop", "--queue", "mail"});
  PostgresEngine engine(connection());
  Queue queue(engine);
  const auto claimed = queue.claim({.worker = "worker 7", .queue = "mail", .names = {"noop"}});
  ASSERT_EQ(claimed.size(), 1U);
  ASSERT_TRUE(queue.report_progress(claimed.front().key(), R"({"done": 3})"));

  const json seen = look();
  ASSERT_EQ(seen["queues"].size(), 2U) << seen;
  EXPECT_EQ(seen["queues"][0]["queue"], "default");
  EXPECT_EQ(seen["queues"][0]["jobs"]["dead"], 1);
  EXPECT_EQ(seen["queues"][1]["jobs"]["active"], 1);
  EXPECT_EQ(seen["queues"][1]["wedged"], false);
  ASSERT_EQ(seen["running"].size(), 1U);
  EXPECT_EQ(seen["running"][0]["owner"], "worker 7");
  EXPECT_EQ(seen["running"][0]["progress"], R"({"done": 3})");
  EXPECT_GT(seen["running"][0]["lease_left_ms"], 0);
  EXPECT_LE(seen["running"][0]["lease_left_ms"], 30000);
  ASSERT_EQ(seen["failures"].size(), 1U);
  EXPECT_EQ(seen["failures"][0]["id"], 1);
  EXPECT_EQ(seen["failures"][0]["status"], "dead");
  EXPECT_EQ(seen["lanes"]["transaction"]["state"], "ok");
  EXPECT_EQ(seen["lanes"]["session"]["pool"]["size"], 3);

  const std::string text = cli({"watch", "--once"}).out;
  EXPECT_THAT(text, AllOf(HasSubstr("worker 7"), HasSubstr("{\"done\": 3}"), HasSubstr("dead"), HasSubstr("session      ok")));
  EXPECT_THAT(text, AllOf(Not(HasSubstr("\x1b")), Not(HasSubstr(TestCluster::kPassword))));
}

TEST_F(WatchTest, TellsWhereNothingIsClaimedAndWhy) {
  cli({"submit", "noop", "--run-at", "2020-01-01T00:00:00Z"});
  const json wedged = look()["queues"][0];
  EXPECT_EQ(wedged["wedged"], true);
  EXPECT_THAT(wedged["note"], HasSubstr("no worker runs for it"));
  EXPECT_THAT(cli({"watch", "--once"}).out, HasSubstr("WEDGED: a job has been due"));

  cli({"limits", "set", "noop", "--rate", "1", "--window", "1h"});
  PostgresEngine engine(connection());
  Queue queue(engine);
  cli({"submit", "noop", "--run-at", "2020-01-01T00:00:00Z"});
  ASSERT_EQ(queue.claim({.worker = "w", .names = {"noop"}, .lease = 1h}).size(), 1U);
  const auto long_ago = "UPDATE poolguard_jobs SET started_at = '2020-01-01' WHERE status = 'active'";
  engine.execute(long_ago);
  EXPECT_EQ(look()["queues"][0].contains("note"), false) << "the rate holds the other one back";
  cli({"limits", "set", "noop", "--active", "1"});
  EXPECT_EQ(look()["queues"][0].contains("note"), false) << "the one that is active holds the other one back";
  cli({"limits", "set", "noop"});
  const json busy = look()["queues"][0];
  EXPECT_EQ(busy["wedged"], false);
  EXPECT_THAT(busy["note"], HasSubstr("no handler free"));

  cli({"pause", "--queue", "default"});
  const json paused = look()["queues"][0];
  EXPECT_EQ(paused["paused"], true);
  EXPECT_EQ(paused.contains("note"), false);
}

TEST_F(WatchTest, NoTextOfAJobSteersTheTerminal) {
  const std::string hostile = "\x1b]0;owned\x07\xc2\x9b" "31m";
  ASSERT_EQ(cli({"submit", hostile, "--queue", hostile, "--payload", R"({"to": "\u001b]0;owned)" "\xc2\x9b" R"(31m"})", "--max-attempts", "1"}).status, 0);
  PostgresEngine engine(connection());
  Queue queue(engine);
  const auto claimed = queue.claim({.worker = hostile, .queue = hostile, .names = {hostile}});
  ASSERT_EQ(claimed.size(), 1U);
  const auto nothing_raw = AllOf(Not(HasSubstr("\x1b")), Not(HasSubstr("\x07")), Not(HasSubstr("\xc2\x9b")), HasSubstr("owned"));
  EXPECT_THAT(cli({"watch", "--once"}).out, nothing_raw);
  EXPECT_THAT(cli({"watch", "--once", "--json"}).out, nothing_raw);
  ASSERT_TRUE(queue.fail(claimed.front().key(), hostile, 0ms));
  for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{
           {"watch", "--once"}, {"watch", "--once", "--json"}, {"list"}, {"list", "--json"}, {"get", "1"}, {"get", "1", "--json"}}) {
    EXPECT_THAT(cli(command).out, nothing_raw) << testing::PrintToString(command);
  }
}

TEST_F(WatchTest, JsonIsAnObjectALineUntilASignal) {
  Command watching({POOLGUARD_JOBS, "watch", "--json", "--interval", "100ms"}, environment);
  ASSERT_TRUE(eventually(30s, [&] { return std::ranges::count(watching.out(), '\n') >= 2; }));
  watching.signal(SIGTERM);
  const CommandResult result = watching.wait();
  EXPECT_EQ(result.status, 0) << result.err;
  for (const json& seen : objects(result.out)) EXPECT_EQ(seen["queues"].size(), 0U);
}

TEST_F(WatchTest, EndsWhenItsReaderHasGone) {
  const std::string watch = std::string(POOLGUARD_JOBS) + " watch --interval 100ms";
  const CommandResult result = run({"/bin/bash", "-c", "set -o pipefail; " + watch + " --json | head -1"}, environment);
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(objects(result.out).size(), 1U);
  EXPECT_EQ(run({"/bin/bash", "-c", "set -o pipefail; " + watch + " | head -1"}, environment).status, 0);
  const CommandResult full = run({"/bin/bash", "-c", watch + " > /dev/full"}, environment);
  EXPECT_EQ(full.status, 2) << "that is another trouble";
  EXPECT_THAT(full.err, HasSubstr("stdout can't be written to"));
}

TEST_F(WatchTest, GoesOnWithoutItsDatabaseAndSaysSo) {
  TestCluster cluster;
  environment["POOLGUARD_DATABASE_URL"] = cluster.url();
  Command watching({POOLGUARD_JOBS, "watch", "--json", "--interval", "100ms"}, environment);
  ASSERT_TRUE(eventually(30s, [&] { return !watching.out().empty(); }));
  cluster.stop();
  ASSERT_TRUE(eventually(30s, [&] { return watching.out().find("\"error\"") != std::string::npos; })) << watching.err();
  watching.signal(SIGINT);
  const CommandResult result = watching.wait();
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.out + result.err, Not(HasSubstr(TestCluster::kPassword)));
  EXPECT_EQ(cli({"watch"}).status, 2) << "at the start it is an error";
}

TEST_F(WatchTest, AtATerminalItHasAScreenOfItsOwnAndGivesItBack) {
  for (int i = 0; i < 30; ++i) cli({"submit", "noop", "--queue", "q" + std::to_string(i)});
  AtTerminal terminal({POOLGUARD_JOBS, "watch", "--interval", "100ms"}, environment);
  ASSERT_TRUE(terminal.reads("more lines)")) << terminal.seen();
  ASSERT_TRUE(terminal.reads("more lines)\x1b[K\x1b[J\x1b[H")) << "it draws over the picture before";
  terminal.press('\x03');
  EXPECT_EQ(terminal.end(), 0);
  EXPECT_THAT(terminal.seen(), StartsWith("\x1b[?1049h\x1b[?25l\x1b[?7l"));
  EXPECT_THAT(terminal.seen(), EndsWith("\x1b[?7h\x1b[?25h\x1b[?1049l")) << "wrapping and cursor, too";
  const std::string picture = terminal.seen().substr(0, terminal.seen().find("\x1b[J"));
  EXPECT_EQ(std::ranges::count(picture, '\n'), 23) << "the first line must not scroll away";
}

TEST_F(WatchTest, StoppedByCtrlZItLeavesTheTerminalToTheShell) {
  ASSERT_EQ(cli({"submit", "noop"}).status, 0);
  const std::string command = std::string("'") + POOLGUARD_JOBS + "' watch --interval 0.1; echo to the shell; fg; echo and the end";
  AtTerminal terminal({"/bin/bash", "--norc", "-mc", command}, environment);
  ASSERT_TRUE(terminal.reads("default"));
  terminal.press('\x1a');
  ASSERT_TRUE(terminal.reads("\x1b[?1049l"));
  ASSERT_TRUE(terminal.reads("to the shell"));
  const std::size_t back = terminal.seen().find("to the shell");
  ASSERT_TRUE(terminal.reads("\x1b[?1049h", back));
  ASSERT_TRUE(terminal.reads("default", back));
  terminal.press('\x03');
  EXPECT_TRUE(terminal.reads("and the end"));
  EXPECT_EQ(terminal.end(), 0);
}

TEST_F(WatchTest, RefusesAnIntervalThatCannotBe) {
  EXPECT_EQ(cli({"watch", "--interval", "0"}).status, 2);
  EXPECT_EQ(cli({"watch", "--interval", "soon"}).status, 2);
}
