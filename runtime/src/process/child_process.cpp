#include "process/child_process.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "poolguard/isolation.hpp"

namespace poolguard::detail {
namespace {

std::string error_text(int error) { return std::error_code(error, std::generic_category()).message(); }

[[noreturn]] void no_room(std::string_view what, int error) {
  throw ProgramStartError(fmt::format("can't start the program: no {} ({}). The job is tried again later; raise `ulimit -n` and `ulimit -u` "
                                      "or run fewer handlers at once if it happens often", what, error_text(error)));
}

struct Pipe {
  FileDescriptor read;
  FileDescriptor write;
};

Pipe make_pipe() {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) no_room("pipe", errno);
  return {.read = FileDescriptor(ends[0]), .write = FileDescriptor(ends[1])};
}

/// A file in memory, and no pipe: a program that doesn't read its stdin neither blocks us nor sends us SIGPIPE.
FileDescriptor file_with(std::string_view text) {
  FileDescriptor file(::memfd_create("poolguard-job", MFD_CLOEXEC));
  if (file.get() < 0) no_room("file for its stdin", errno);
  while (!text.empty()) {
    const ssize_t written = ::write(file.get(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) no_room("memory for its stdin", errno);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

struct Limit {
  __rlimit_resource resource;
  rlimit values;
};

/// Never above the hard limit that we have ourselves, which only root may raise.
Limit limit(__rlimit_resource resource, rlim_t soft, rlim_t hard) {
  rlimit ours{};
  ::getrlimit(resource, &ours);
  return {.resource = resource, .values = {.rlim_cur = std::min(soft, ours.rlim_max), .rlim_max = std::min(hard, ours.rlim_max)}};
}

std::vector<Limit> limits_of(const ChildSpec& spec) {
  // A core file may hold a payload, and takes its time. Only the soft limit: a program may want one after all.
  std::vector<Limit> limits{limit(RLIMIT_CORE, 0, RLIM_INFINITY)};
  if (spec.memory) limits.push_back(limit(RLIMIT_AS, *spec.memory, *spec.memory));
  if (spec.cpu) {
    const auto seconds = static_cast<rlim_t>(spec.cpu->count());
    limits.push_back(limit(RLIMIT_CPU, seconds, seconds + 1));
  }
  return limits;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

enum class Step : int { descriptors, parent, directory, limits, program };

/// What the child says through its last pipe if it doesn't become the program.
struct Failure {
  Step step;
  int error;
};

/// All that the child needs, made before vfork: after it nothing may allocate.
struct Plan {
  std::vector<char*> argv;
  std::vector<char*> envp;
  const char* directory = nullptr;
  std::vector<Limit> limits;
  std::array<int, 5> descriptors{};  ///< [n] becomes n; the last is for the failure
  pid_t parent = 0;
};

constexpr int kFailureDescriptor = 4;

/// Async-signal-safe.
[[noreturn]] void give_up(Step step, int failure_descriptor) {
  const Failure failure{.step = step, .error = errno};
  (void)!::write(failure_descriptor, &failure, sizeof failure);  // an end without it is a failure, too
  ::_exit(127);
}

/// Async-signal-safe. Each descriptor gets its number, and all others are closed.
void place_descriptors(std::array<int, 5>& descriptors) {
  for (int& descriptor : descriptors) {
    const int safe = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 10);  // out of the way of the fixed numbers
    if (safe < 0) give_up(Step::descriptors, descriptors.back());
    descriptor = safe;
  }
  for (int number = 0; number < kFailureDescriptor; ++number) {
    if (::dup2(descriptors[static_cast<std::size_t>(number)], number) < 0) give_up(Step::descriptors, descriptors.back());
  }
  if (::dup3(descriptors.back(), kFailureDescriptor, O_CLOEXEC) < 0) give_up(Step::descriptors, descriptors.back());
  if (::close_range(kFailureDescriptor + 1, ~0U, 0) != 0) give_up(Step::descriptors, kFailureDescriptor);
}

/// Async-signal-safe.
void be_killed_first_without_memory() {
  const int file = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (file < 0) return;  // no /proc: then the kernel chooses by size
  (void)!::write(file, "1000", 4);
  ::close(file);
}

/// The child's life until it is the program, in our memory. Async-signal-safe.
[[noreturn, gnu::noinline]] void become(Plan& plan) {
  ::setsid();  // a Ctrl-C at the worker's terminal is the worker's business; and a group to kill
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) ::sigaction(number, &standard, nullptr);  // an ignored signal would stay ignored
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  place_descriptors(plan.descriptors);
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) give_up(Step::parent, kFailureDescriptor);
  if (::getppid() != plan.parent) ::_exit(127);  // it died before
  be_killed_first_without_memory();
  if (plan.directory != nullptr && ::chdir(plan.directory) != 0) give_up(Step::directory, kFailureDescriptor);
  for (const Limit& limit : plan.limits) {
    if (::setrlimit(limit.resource, &limit.values) != 0) give_up(Step::limits, kFailureDescriptor);
  }
  ::execve(plan.argv.front(), plan.argv.data(), plan.envp.data());
  give_up(Step::program, kFailureDescriptor);
}

/// By vfork, as posix_spawn (which knows no limits) does: no page table to copy and no page to write twice, however large the worker is.
/// Only this thread waits for the exec. With all signals blocked, so that no handler of ours runs in the child.
pid_t start(Plan& plan) {
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t child = ::vfork();  // NOLINT(clang-analyzer-security.insecureAPI.vfork): become() keeps to what is allowed
  if (child == 0) become(plan);
  const int error = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = error;
  return child;
}

/// Waits until the child is the program (nothing comes, and the pipe closes with exec) or says why it isn't.
std::optional<Failure> failure_from(int descriptor) {
  Failure failure{};
  ssize_t size = 0;
  do size = ::read(descriptor, &failure, sizeof failure);
  while (size < 0 && errno == EINTR);
  if (size == sizeof failure) return failure;
  return std::nullopt;
}

std::string text_of(const Failure& failure, const ChildSpec& spec) {
  const std::string why = error_text(failure.error);
  switch (failure.step) {
    case Step::directory: return fmt::format("can't enter the working directory {} ({})", spec.directory.string(), why);
    case Step::limits: return fmt::format("can't set its limits ({})", why);
    case Step::program:
      return fmt::format("can't start {} ({}; of a script, that may be its interpreter). Put the program back or restart the worker with "
                         "the right command", spec.arguments.front(), why);
    case Step::descriptors:
    case Step::parent: break;
  }
  return fmt::format("can't start {} ({})", spec.arguments.front(), why);
}

void do_not_block(const FileDescriptor& descriptor) {
  ::fcntl(descriptor.get(), F_SETFL, ::fcntl(descriptor.get(), F_GETFL) | O_NONBLOCK);
}

}  // namespace

ChildProcess::ChildProcess(ChildSpec spec, std::string_view input) {
  const FileDescriptor standard_input = file_with(input);
  Pipe out = make_pipe();
  Pipe err = make_pipe();
  Pipe lines = make_pipe();
  Pipe failing = make_pipe();
  Plan plan{.argv = pointers(spec.arguments),
            .envp = pointers(spec.environment),
            .directory = spec.directory.empty() ? nullptr : spec.directory.c_str(),
            .limits = limits_of(spec),
            .descriptors = {standard_input.get(), out.write.get(), err.write.get(), lines.write.get(), failing.write.get()},
            .parent = ::getpid()};
  pid_ = start(plan);
  if (pid_ < 0) no_room("process to spare", errno);
  failing.write.reset();
  if (const auto failure = failure_from(failing.read.get())) {
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    throw ProgramStartError(text_of(*failure, spec));
  }
  // Debian 12's sys/pidfd.h doesn't say extern "C".
  ended_.reset(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  if (ended_.get() < 0) {
    const int error = errno;
    signal(SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    no_room("file descriptor for its end", error);
  }
  output = std::move(out.read);
  errors = std::move(err.read);
  progress = std::move(lines.read);
  for (const FileDescriptor* descriptor : {&output, &errors, &progress}) do_not_block(*descriptor);
}

ChildProcess::~ChildProcess() {
  if (pid_ < 0) return;
  signal(SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void ChildProcess::signal(int number) const noexcept { ::kill(-pid_, number); }

ChildEnd ChildProcess::reap() {
  int status = 0;
  rusage usage{};
  pid_t ended = 0;
  do ended = ::wait4(pid_, &status, 0, &usage);
  while (ended < 0 && errno == EINTR);
  pid_ = -1;
  if (ended < 0) {
    throw ProgramError("how the program ended is not known: something else in the worker waits for all of its child processes, or SIGCHLD "
                       "is ignored. Neither goes together with isolated handlers");
  }
  const auto milliseconds = [](const timeval& time) { return std::chrono::milliseconds{time.tv_sec * 1000 + time.tv_usec / 1000}; };
  return {.exited = WIFEXITED(status),
          .number = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status),
          .cpu = milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime)};
}

}  // namespace poolguard::detail
