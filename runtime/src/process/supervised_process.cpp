#include "process/supervised_process.hpp"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <fmt/format.h>

#include "poolguard/errors.hpp"

namespace poolguard::detail {
namespace {

/// All that the children need, made before fork: after it nothing may allocate.
struct Plan {
  std::vector<std::string> arguments;
  std::vector<char*> argv;
  std::optional<ProcessUser> user;
  int output = -1;
  int stop_signal = SIGTERM;
  int stop_within_ms = 0;
  std::vector<std::string> cleanup;
  std::vector<char*> cleanup_argv;
};

void fill_argv(std::vector<std::string>& texts, std::vector<char*>& argv) {
  for (std::string& text : texts) argv.push_back(text.data());
  argv.push_back(nullptr);
}

int open_output(const ProcessSpec& spec) {
  const char* path = spec.output.empty() ? "/dev/null" : spec.output.c_str();
  const int fd = ::open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) throw ServerStartError(fmt::format("can't write {}: {}", path, std::strerror(errno)));  // NOLINT(concurrency-mt-unsafe)
  return fd;
}

/// Async-signal-safe. Only returns if the program can't be started.
void become(const Plan& plan, int parent_death_signal) {
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGQUIT}) ::signal(signal, SIG_DFL);
  const int null = ::open("/dev/null", O_RDONLY);
  ::dup2(null, STDIN_FILENO);
  ::dup2(plan.output, STDOUT_FILENO);
  ::dup2(plan.output, STDERR_FILENO);
  ::close_range(3, ~0U, 0);
  if (plan.user && (::setgroups(0, nullptr) != 0 || ::setgid(plan.user->gid) != 0 || ::setuid(plan.user->uid) != 0)) return;
  // After setuid, which clears it.
  if (parent_death_signal != 0) ::prctl(PR_SET_PDEATHSIG, parent_death_signal);
  ::execv(plan.argv.front(), plan.argv.data());
}

int remaining_ms(const timespec& end) {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const auto ms = (end.tv_sec - now.tv_sec) * 1000 + (end.tv_nsec - now.tv_nsec) / 1'000'000;
  return ms < 0 ? 0 : static_cast<int>(ms);
}

/// Async-signal-safe. Waits for the child's end until `within_ms` has passed; -1: no limit.
bool child_ends(pid_t child, int child_events, int within_ms) {
  timespec end{};
  ::clock_gettime(CLOCK_MONOTONIC, &end);
  end.tv_sec += within_ms / 1000;
  end.tv_nsec += static_cast<long>(within_ms % 1000) * 1'000'000;
  while (true) {
    if (::waitpid(child, nullptr, WNOHANG) != 0) return true;
    const int left = within_ms < 0 ? -1 : remaining_ms(end);
    if (left == 0) return false;
    pollfd events{.fd = child_events, .events = POLLIN, .revents = 0};
    if (::poll(&events, 1, left) > 0) {
      signalfd_siginfo info{};
      (void)!::read(child_events, &info, sizeof info);
    }
  }
}

/// The supervisor's whole life. Async-signal-safe: it is a fork of a program with threads, and never execs.
[[noreturn]] void supervise(Plan& plan, int leash, int report) {
  ::setsid();  // a Ctrl-C or a kill of the parent's process group isn't for us: the pipe is
  ::dup2(leash, 3);
  ::dup2(report, 4);
  ::dup2(plan.output, 5);
  plan.output = 5;
  ::close_range(6, ~0U, 0);
  sigset_t all;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
  ::signal(SIGCHLD, SIG_DFL);  // a program may ignore it, and then nobody hears of an end
  sigset_t child_signal;
  ::sigemptyset(&child_signal);
  ::sigaddset(&child_signal, SIGCHLD);
  const int child_events = ::signalfd(-1, &child_signal, SFD_CLOEXEC);

  const pid_t child = ::fork();
  if (child == 0) {
    become(plan, SIGKILL);
    const int error = errno;
    (void)!::write(STDERR_FILENO, "can't start the program\n", 24);
    ::_exit(error == 0 ? 127 : 126);
  }
  (void)!::write(4, &child, sizeof child);
  ::close(4);
  if (child > 0) {
    while (true) {
      std::array<pollfd, 2> events{pollfd{.fd = 3, .events = POLLIN, .revents = 0},
                                   pollfd{.fd = child_events, .events = POLLIN, .revents = 0}};
      if (::poll(events.data(), events.size(), -1) < 0 && errno == EINTR) continue;
      if (events[0].revents != 0) {
        ::kill(child, plan.stop_signal);
        if (!child_ends(child, child_events, plan.stop_within_ms)) {
          ::kill(child, SIGKILL);
          child_ends(child, child_events, -1);
        }
        break;
      }
      if (events[1].revents != 0 && child_ends(child, child_events, 0)) break;
    }
  }
  if (!plan.cleanup_argv.empty()) ::execv(plan.cleanup_argv.front(), plan.cleanup_argv.data());
  ::_exit(0);
}

}  // namespace

std::optional<ProcessUser> unprivileged_user() {
  if (::geteuid() != 0) return std::nullopt;
  for (const char* name : {"postgres", "nobody"}) {
    std::array<char, 4096> buffer{};
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwnam_r(name, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr) {
      return ProcessUser{.uid = entry.pw_uid, .gid = entry.pw_gid, .name = name};
    }
  }
  throw ServerStartError("running as root, and there is neither a user 'postgres' nor 'nobody' to run a server as. Make one, or "
                         "run as an ordinary user");
}

SupervisedProcess::SupervisedProcess(const ProcessSpec& spec) {
  Plan plan{.arguments = spec.arguments,
            .argv = {},
            .user = spec.user,
            .output = open_output(spec),
            .stop_signal = spec.stop_signal == 0 ? SIGTERM : spec.stop_signal,
            .stop_within_ms = static_cast<int>(spec.stop_within.count()),
            .cleanup = {},
            .cleanup_argv = {}};
  fill_argv(plan.arguments, plan.argv);
  if (!spec.remove_after.empty()) {
    plan.cleanup = {"/bin/rm", "-rf", "--one-file-system", "--", spec.remove_after.string()};
    fill_argv(plan.cleanup, plan.cleanup_argv);
  }
  std::array<int, 2> leash{-1, -1};
  std::array<int, 2> report{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, leash.data()) != 0 || ::pipe2(report.data(), O_CLOEXEC) != 0) {
    throw ServerStartError("the process has no file descriptors left; raise `ulimit -n`");
  }
  supervisor_ = ::fork();
  if (supervisor_ == 0) {
    ::close(leash[1]);
    ::close(report[0]);
    // Out of the way of the fixed numbers that supervise() moves them to.
    const int safe_leash = ::fcntl(leash[0], F_DUPFD, 10);
    const int safe_report = ::fcntl(report[1], F_DUPFD, 10);
    plan.output = ::fcntl(plan.output, F_DUPFD, 10);
    supervise(plan, safe_leash, safe_report);
  }
  ::close(leash[0]);
  ::close(report[1]);
  ::close(plan.output);
  leash_ = leash[1];
  pid_t child = -1;
  const bool reported = supervisor_ > 0 && ::read(report[0], &child, sizeof child) == sizeof child && child > 0;
  ::close(report[0]);
  if (!reported) {
    stop();
    throw ServerStartError(fmt::format("can't start {}: the system has no process to spare", spec.arguments.front()));
  }
  child_ = child;
}

SupervisedProcess::~SupervisedProcess() { stop(); }

bool SupervisedProcess::running() {
  if (supervisor_ <= 0) return false;
  if (::waitpid(supervisor_, nullptr, WNOHANG) == 0) return true;
  supervisor_ = -1;
  return false;
}

void SupervisedProcess::stop() noexcept {
  if (leash_ >= 0) {
    // A byte, not only the close: another process that was forked in between may hold a copy of the write end.
    (void)::send(leash_, "q", 1, MSG_NOSIGNAL);
    ::close(leash_);
    leash_ = -1;
  }
  while (supervisor_ > 0 && ::waitpid(supervisor_, nullptr, 0) < 0 && errno == EINTR) {
  }
  supervisor_ = -1;
}

int run_to_end(const ProcessSpec& spec) {
  Plan plan{.arguments = spec.arguments,
            .argv = {},
            .user = spec.user,
            .output = open_output(spec),
            .stop_signal = 0,
            .stop_within_ms = 0,
            .cleanup = {},
            .cleanup_argv = {}};
  fill_argv(plan.arguments, plan.argv);
  const pid_t child = ::fork();
  if (child == 0) {
    become(plan, SIGKILL);
    ::_exit(127);
  }
  ::close(plan.output);
  if (child < 0) throw ServerStartError("the system has no process to spare");
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace poolguard::detail
