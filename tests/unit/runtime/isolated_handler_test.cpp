#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "poolguard/isolation.hpp"
#include "support/eventually.hpp"

using namespace poolguard;
using namespace std::chrono_literals;
using poolguard::test::eventually;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMiB = std::size_t{1} << 20;

IsolationOptions shell(const std::string& script) {
  return {.command = {"/bin/sh", "-c", script}, .environment = {{"PATH", "/usr/bin:/bin"}}, .stop_grace = 20s};
}

Job thumbnail() {
  Job job;
  job.id = 7;
  job.name = "thumbnail";
  job.payload = R"({"to": 7})";
  job.attempts = 1;
  job.max_attempts = 3;
  return job;
}

/// What a worker would give a handler.
struct Call {
  Job job = thumbnail();
  std::stop_source stop = {};
  std::vector<std::string> progress = {};
  std::function<void(std::string_view)> report_progress = [this](std::string_view line) { progress.emplace_back(line); };

  std::optional<std::string> run(const IsolationOptions& options) {
    return isolated_handler(options)({.job = job, .stop = stop.get_token(), .report_progress = report_progress, .children = {}});
  }
  template <typename Failure = ProgramError>
  std::string failure(const IsolationOptions& options) {
    try {
      (void)run(options);
    } catch (const Failure& error) {
      return error.what();
    }
    return "(no failure)";
  }
};

std::optional<std::string> result(const IsolationOptions& options) { return Call().run(options); }
std::string failure(const IsolationOptions& options) { return Call().failure(options); }

std::string refusal(const IsolationOptions& options) {
  try {
    (void)isolated_handler(options);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "(taken)";
}

/// Processes whose parents have ended become ours, so that their ends can be waited for.
class Adoption {
 public:
  Adoption() { ::prctl(PR_SET_CHILD_SUBREAPER, 1); }
  ~Adoption() { ::prctl(PR_SET_CHILD_SUBREAPER, 0); }
  Adoption(const Adoption&) = delete;
  Adoption& operator=(const Adoption&) = delete;
  [[nodiscard]] static bool is_killed(pid_t pid) {
    int status = 0;
    return eventually(20s, [&] { return ::waitpid(pid, &status, WNOHANG) == pid; }) && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  }
};

bool exists(const std::string& pid) { return ::kill(std::stoi(pid), 0) == 0; }

std::ptrdiff_t open_descriptors() { return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator()); }

/// Runs a program that reports that it is there, and asks it to stop then.
std::string failure_when_stopped(const IsolationOptions& options, Call& call) {
  call.report_progress = [&call](std::string_view line) {
    call.progress.emplace_back(line);
    call.stop.request_stop();
  };
  return call.failure(options);
}

}  // namespace

TEST(IsolatedHandler, GivesThePayloadAndTakesTheResult) { EXPECT_EQ(result(shell("cat; echo")), R"({"to": 7})"); }

TEST(IsolatedHandler, NothingOnStdoutIsNoResult) { EXPECT_EQ(result(shell("echo 'by the way' >&2")), std::nullopt); }

TEST(IsolatedHandler, TheInputMayBeMoreThanThePayload) {
  IsolationOptions options = shell("cat");
  options.input = [](const JobContext& context) { return "[" + context.job.payload + "]"; };
  EXPECT_EQ(result(options), R"([{"to": 7}])");
}

TEST(IsolatedHandler, AProgramThatReadsNothingMayHaveALargePayload) {
  Call call;
  call.job.payload = '"' + std::string(kMiB, 'x') + '"';
  EXPECT_EQ(call.run(shell("echo 1")), "1");
}

TEST(IsolatedHandler, FindsTheProgramInThePath) { EXPECT_EQ(result({.command = {"cat"}}), R"({"to": 7})"); }

TEST(IsolatedHandler, TheEnvironmentIsWhatItIsGiven) {
  ::setenv("POOLGUARD_ISOLATION_SECRET", "hunter2", 1);  // NOLINT(concurrency-mt-unsafe): one thread
  const std::string text = failure(shell("tr '\\0' '\\n' < /proc/$$/environ >&2; exit 1"));
  ::unsetenv("POOLGUARD_ISOLATION_SECRET");  // NOLINT(concurrency-mt-unsafe): one thread
  EXPECT_THAT(text, HasSubstr("stderr: PATH=/usr/bin:/bin\nPOOLGUARD_JOB_ATTEMPT=2\nPOOLGUARD_JOB_ID=7\nPOOLGUARD_JOB_MAX_ATTEMPTS=3\n"
                              "POOLGUARD_JOB_NAME=thumbnail"));
  EXPECT_THAT(text, Not(HasSubstr("hunter2")));
}

TEST(IsolatedHandler, InheritsNoFileDescriptor) {
  const int inheritable = ::fcntl(STDERR_FILENO, F_DUPFD, 20);  // NOLINT(android-cloexec-fcntl): that is the question
  ASSERT_GE(inheritable, 20);
  EXPECT_EQ(result(shell("[ -e /proc/$$/fd/3 ] && [ ! -e /proc/$$/fd/" + std::to_string(inheritable) + " ] && echo true")), "true");
  ::close(inheritable);
}

TEST(IsolatedHandler, RunsInTheWorkingDirectory) {
  IsolationOptions options = shell("[ \"$(pwd -P)\" = /usr ] && echo true");
  options.working_directory = "/usr";
  EXPECT_EQ(result(options), "true");
}

TEST(IsolatedHandler, AnIgnoredOrBlockedSignalOfTheWorkersIsTheProgramsAgain) {
  const auto before = std::signal(SIGPIPE, SIG_IGN);  // NOLINT(concurrency-mt-unsafe): one thread
  sigset_t term;
  ::sigemptyset(&term);
  ::sigaddset(&term, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &term, nullptr);
  EXPECT_EQ(result(shell("grep -E '^Sig(Blk|Ign):\\s*0*$' /proc/self/status | grep -c .")), "2");
  ::pthread_sigmask(SIG_UNBLOCK, &term, nullptr);
  (void)std::signal(SIGPIPE, before);  // NOLINT(concurrency-mt-unsafe): one thread
}

TEST(IsolatedHandler, SaysHowTheProgramEnded) {
  EXPECT_THAT(failure(shell("echo 'no such customer' >&2; exit 3")),
              AllOf(HasSubstr("ended with exit status 3"), HasSubstr("no such customer")));
  EXPECT_THAT(failure(shell("kill -SEGV $$")), HasSubstr("killed by SIGSEGV (Segmentation fault)"));
  EXPECT_THAT(failure(shell("kill -ABRT $$")), HasSubstr("killed by SIGABRT (Aborted)"));
  EXPECT_THAT(failure(shell("kill -KILL $$")), AllOf(HasSubstr("killed by SIGKILL"), HasSubstr("the worker didn't send")));
  EXPECT_THAT(failure(shell("sh -c 'kill -SEGV $$'; exit $?")), HasSubstr("exit status 139 (as a shell says SIGSEGV"));
}

TEST(IsolatedHandler, KeepsTheEndOfALongStderr) {
  const std::string text = failure(shell("head -c 500000 /dev/zero | tr '\\0' x >&2; echo END >&2; exit 1"));
  EXPECT_THAT(text, HasSubstr("xxxEND"));
  EXPECT_LT(text.size(), 2200U);
}

TEST(IsolatedHandler, OneExitStatusIsForGood) {
  EXPECT_THAT(Call().failure<UnrecoverableError>(shell("echo 'no such customer' >&2; exit 100")),
              AllOf(HasSubstr("for good"), HasSubstr("no such customer")));
}

TEST(IsolatedHandler, AResultThatIsNotJsonIsAFailure) {
  EXPECT_THAT(Call().failure<PayloadError>(shell("echo hello")), HasSubstr("wrote to stdout is not JSON: hello"));
}

TEST(IsolatedHandler, TooMuchOutputEndsIt) {
  IsolationOptions options = shell("yes 1");
  options.max_output = 1000;
  EXPECT_THAT(failure(options), HasSubstr("wrote more than 1000 bytes to stdout"));
  options.command = {"/bin/sh", "-c", "head -c 2000 /dev/zero"};
  EXPECT_THAT(failure(options), HasSubstr("wrote more than 1000 bytes to stdout")) << "though it ended by itself, perhaps before we looked";
}

TEST(IsolatedHandler, MemoryIsLimited) {
  IsolationOptions options = shell("dd if=/dev/zero of=/dev/null bs=128M count=1 status=none && echo true");
  EXPECT_EQ(result(options), "true");
  options.memory = 64 * kMiB;
  EXPECT_THAT(failure(options), HasSubstr("memory exhausted"));
  options.command.back() = "kill -ABRT $$";  // as an uncaught bad_alloc does
  EXPECT_THAT(failure(options), HasSubstr("address space is limited to 67108864 bytes"));
}

TEST(IsolatedHandler, CpuTimeIsLimited) {
  IsolationOptions options = shell("while :; do :; done");
  options.cpu = 1s;
  EXPECT_THAT(failure(options), AllOf(HasSubstr("SIGXCPU"), HasSubstr("used up its 1 s of CPU time")));
  options.command.back() = "trap '' XCPU; while :; do :; done";
  EXPECT_THAT(failure(options), AllOf(HasSubstr("SIGKILL"), HasSubstr("used up its 1 s of CPU time")));
}

TEST(IsolatedHandler, WallTimeIsLimited) {
  IsolationOptions options = shell("exec sleep 1000");
  options.wall_time = 50ms;
  EXPECT_THAT(failure(options), AllOf(HasSubstr("longer than the 50 ms"), HasSubstr("SIGTERM")));
}

TEST(IsolatedHandler, ReportsProgress) {
  Call call;
  call.run(shell("echo 50 >&3; printf '\\n' >&3; echo 'not a line of progress' >&2; printf 1 >&3; echo 00 >&3"));
  ASSERT_FALSE(call.progress.empty());
  EXPECT_EQ(call.progress.back(), "100");
}

TEST(IsolatedHandler, ProgressThatCanNotBeStoredFailsTheJob) {
  Call call;
  call.report_progress = [](std::string_view) { throw PayloadError("the progress is not JSON"); };
  EXPECT_THAT(call.failure(shell("echo '{' >&3; exec sleep 1000")), HasSubstr("the progress is not JSON"));
  EXPECT_THAT(failure(shell("yes | tr -d '\\n' >&3")), HasSubstr("a line of progress has more than 1048576 bytes"));
}

TEST(IsolatedHandler, ALostConnectionWhileItReportsProgressFailsNothing) {
  Call call;
  call.report_progress = [](std::string_view) { throw ConnectionError("gone"); };
  EXPECT_EQ(call.run(shell("echo 1 >&3; echo true")), "true");
}

TEST(IsolatedHandler, ALeaseThatProgressFindsLostEndsTheProgram) {
  Call call;
  std::string pid;
  call.report_progress = [&pid](std::string_view line) {
    pid = line;
    throw JobInterrupted();
  };
  EXPECT_NE(call.failure<JobInterrupted>(shell("echo $$ >&3; exec sleep 1000")), "(no failure)");
  EXPECT_FALSE(exists(pid));
}

TEST(IsolatedHandler, StopEndsTheProgram) {
  Call call;
  EXPECT_THAT(failure_when_stopped(shell("echo $$ >&3; exec sleep 1000"), call),
              AllOf(HasSubstr("told to stop"), HasSubstr("SIGTERM"), Not(HasSubstr("didn't send"))));
  EXPECT_FALSE(exists(call.progress.at(0)));
}

TEST(IsolatedHandler, StopFromAnotherThreadEndsTheProgram) {
  Call call;
  std::promise<void> begun;
  call.report_progress = [&begun](std::string_view) { begun.set_value(); };
  auto text = std::async(std::launch::async, [&call] { return call.failure(shell("echo 1 >&3; exec sleep 1000")); });
  begun.get_future().wait();
  call.stop.request_stop();
  EXPECT_THAT(text.get(), HasSubstr("told to stop"));
}

TEST(IsolatedHandler, AProgramThatIgnoresStopIsKilled) {
  IsolationOptions options = shell("trap '' TERM; echo $$ >&3; while :; do sleep 0.05; done");
  options.stop_grace = 50ms;
  Call call;
  EXPECT_THAT(failure_when_stopped(options, call), AllOf(HasSubstr("told to stop"), HasSubstr("SIGKILL")));
  EXPECT_FALSE(exists(call.progress.at(0)));
}

TEST(IsolatedHandler, ExitStatus0AfterStopIsNoCompletion) {
  Call call;
  EXPECT_THAT(failure_when_stopped(shell("trap 'exit 0' TERM; echo 1 >&3; while :; do sleep 0.05; done"), call),
              HasSubstr("told to stop, and ended with exit status 0"));
}

TEST(IsolatedHandler, AJobThatIsToStopStartsNothing) {
  Call call;
  call.stop.request_stop();
  const std::string mark = "/tmp/poolguard-isolation-" + std::to_string(::getpid());
  EXPECT_NE(call.failure<JobInterrupted>(shell("echo > " + mark)), "(no failure)");
  EXPECT_FALSE(fs::exists(mark));
}

TEST(IsolatedHandler, WhatTheProgramLeavesBehindIsKilled) {
  const Adoption adoption;
  Call call;
  EXPECT_EQ(call.run(shell("sleep 1000 & echo $! >&3; echo true")), "true") << "though the sleep still holds its stdout";
  const pid_t left = std::stoi(call.progress.at(0));
  const bool killed = adoption.is_killed(left);
  EXPECT_TRUE(killed);
  if (!killed) ::kill(left, SIGKILL);
}

TEST(IsolatedHandler, TheProgramDiesWithTheWorker) {
  const Adoption adoption;
  std::array<int, 2> report{};
  ASSERT_EQ(::pipe(report.data()), 0);
  const pid_t worker = ::fork();
  if (worker == 0) {
    Call call;
    call.report_progress = [&report](std::string_view line) {
      const pid_t pid = std::stoi(std::string(line));
      (void)!::write(report[1], &pid, sizeof pid);
    };
    (void)call.run(shell("echo $$ >&3; exec sleep 1000"));
    ::_exit(0);
  }
  pid_t pid = 0;
  ASSERT_EQ(::read(report[0], &pid, sizeof pid), static_cast<ssize_t>(sizeof pid));
  ::kill(worker, SIGKILL);
  ::waitpid(worker, nullptr, 0);
  const bool killed = adoption.is_killed(pid);
  EXPECT_TRUE(killed);
  if (!killed) ::kill(pid, SIGKILL);  // a test that fails leaves nothing behind either
  ::close(report[0]);
  ::close(report[1]);
}

TEST(IsolatedHandler, RunsOnManyThreadsAndLeaksNothing) {
  const Handler handler = isolated_handler(shell("cat"));
  const auto before = open_descriptors();
  std::vector<std::future<int>> threads;
  for (int thread = 0; thread < 8; ++thread) {
    threads.push_back(std::async(std::launch::async, [&handler, thread] {
      int right = 0;
      for (int i = 0; i < 10; ++i) {
        Call call;
        call.job.payload = std::to_string(thread * 100 + i);
        right += handler({.job = call.job, .stop = {}, .report_progress = call.report_progress, .children = {}}) == call.job.payload ? 1 : 0;
      }
      return right;
    }));
  }
  for (auto& thread : threads) EXPECT_EQ(thread.get(), 10);
  EXPECT_EQ(open_descriptors(), before);
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a zombie, or a process that still runs";
}

TEST(IsolatedHandler, ACommandThatIsNotThereIsRefusedAtTheStart) {
  EXPECT_THAT(refusal({.command = {}}), HasSubstr("command is empty"));
  EXPECT_THAT(refusal({.command = {"/nonexistent/program"}}), HasSubstr("'/nonexistent/program' is not a program"));
  EXPECT_THAT(refusal({.command = {"/usr"}}), HasSubstr("not a program"));
  EXPECT_THAT(refusal({.command = {"/etc/passwd"}}), HasSubstr("not a program"));
  EXPECT_THAT(refusal({.command = {"poolguard-no-such-program"}}), HasSubstr("no program 'poolguard-no-such-program' in the worker's PATH"));
}

TEST(IsolatedHandler, OptionsThatCanNotBeAreRefused) {
  EXPECT_THAT(refusal({.command = {"cat"}, .environment = {{"A=B", ""}}}), HasSubstr("'A=B' can't be a variable"));
  EXPECT_THAT(refusal({.command = {"cat"}, .working_directory = "/nonexistent"}), HasSubstr("no folder '/nonexistent'"));
  EXPECT_THAT(refusal({.command = {"cat"}, .memory = 512}), HasSubstr("memory is below 16 MiB"));
  EXPECT_THAT(refusal({.command = {"cat"}, .cpu = 0s}), HasSubstr("cpu must be"));
  EXPECT_THAT(refusal({.command = {"cat"}, .wall_time = 0ms}), HasSubstr("wall_time must be"));
  EXPECT_THAT(refusal({.command = {"cat"}, .stop_grace = -1ms}), HasSubstr("stop_grace must not"));
  EXPECT_THAT(refusal({.command = {"cat"}, .max_output = 0}), HasSubstr("max_output must be"));
  const auto before = std::signal(SIGCHLD, SIG_IGN);  // NOLINT(concurrency-mt-unsafe): one thread
  EXPECT_THAT(refusal({.command = {"cat"}}), HasSubstr("ignores SIGCHLD"));
  (void)std::signal(SIGCHLD, before);  // NOLINT(concurrency-mt-unsafe): one thread
}

TEST(IsolatedHandler, AProgramThatIsGoneLaterIsNotTheJobsFault) {
  std::string folder = "/tmp/poolguard-test-XXXXXX";
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  const std::string script = folder + "/script";
  std::ofstream(script) << "#!/nonexistent/interpreter\n";
  ::chmod(script.c_str(), 0700);
  try {
    (void)result({.command = {script}});
    ADD_FAILURE() << "it can't have started";
  } catch (const ProgramStartError& error) {
    EXPECT_TRUE(error.infrastructure());
    EXPECT_THAT(error.what(), AllOf(HasSubstr("can't start " + script), HasSubstr("No such file")));
  }
  fs::remove_all(folder);
}
