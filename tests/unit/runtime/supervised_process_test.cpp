#include "process/supervised_process.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>

#include <gtest/gtest.h>

#include "poolguard/errors.hpp"
#include "support/eventually.hpp"

using namespace poolguard::detail;
using poolguard::test::eventually;
using namespace std::chrono_literals;

namespace {

bool alive(pid_t pid) { return ::kill(pid, 0) == 0; }

ProcessSpec sleeper() { return {.arguments = {"/bin/sleep", "1000"}, .user = {}, .output = {}, .stop_signal = SIGTERM, .remove_after = {}}; }

std::filesystem::path folder() {
  std::string name = "/tmp/poolguard-test-XXXXXX";
  return ::mkdtemp(name.data());
}

}  // namespace

TEST(SupervisedProcess, EndsWithItsObject) {
  pid_t pid = 0;
  {
    SupervisedProcess process(sleeper());
    pid = process.pid();
    EXPECT_TRUE(process.running());
    EXPECT_TRUE(alive(pid));
  }
  EXPECT_FALSE(alive(pid));
}

TEST(SupervisedProcess, IsKilledIfItIgnoresThePoliteSignal) {
  ProcessSpec spec = sleeper();
  spec.arguments = {"/bin/sh", "-c", "trap '' TERM; while :; do sleep 0.05; done"};
  spec.stop_within = 200ms;
  SupervisedProcess process(spec);
  const pid_t pid = process.pid();
  process.stop();
  EXPECT_FALSE(alive(pid));
}

TEST(SupervisedProcess, RemovesItsFolderAfterwards) {
  ProcessSpec spec = sleeper();
  spec.remove_after = folder();
  SupervisedProcess process(spec);
  EXPECT_TRUE(std::filesystem::exists(spec.remove_after));
  process.stop();
  EXPECT_FALSE(std::filesystem::exists(spec.remove_after));
}

TEST(SupervisedProcess, NoticesTheEndOfItsProgram) {
  ProcessSpec spec = sleeper();
  spec.arguments = {"/bin/true"};
  SupervisedProcess process(spec);
  EXPECT_TRUE(eventually(10s, [&] { return !process.running(); }));
}

TEST(SupervisedProcess, AProgramThatIsNotThereIsNotRunning) {
  ProcessSpec spec = sleeper();
  spec.arguments = {"/nonexistent/program"};
  SupervisedProcess process(spec);
  EXPECT_TRUE(eventually(10s, [&] { return !process.running(); }));
}

TEST(SupervisedProcess, DiesWithAParentThatIsKilled) {
  std::array<int, 2> report{};
  ASSERT_EQ(::pipe(report.data()), 0);
  const ProcessSpec spec = [] {
    ProcessSpec s = sleeper();
    s.remove_after = folder();
    return s;
  }();
  const pid_t parent = ::fork();
  if (parent == 0) {
    SupervisedProcess process(spec);
    const pid_t pid = process.pid();
    (void)!::write(report[1], &pid, sizeof pid);
    ::pause();
    ::_exit(0);
  }
  pid_t pid = 0;
  ASSERT_EQ(::read(report[0], &pid, sizeof pid), static_cast<ssize_t>(sizeof pid));
  EXPECT_TRUE(alive(pid));
  ::kill(parent, SIGKILL);
  ::waitpid(parent, nullptr, 0);
  EXPECT_TRUE(eventually(10s, [&] { return !alive(pid) && !std::filesystem::exists(spec.remove_after); }));
  ::close(report[0]);
  ::close(report[1]);
}

TEST(RunToEnd, GivesTheExitStatus) {
  ProcessSpec spec = sleeper();
  spec.arguments = {"/bin/sh", "-c", "exit 7"};
  EXPECT_EQ(run_to_end(spec), 7);
}
