#include "worker/program_run.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <limits>
#include <map>
#include <stop_token>
#include <vector>

#include <fmt/format.h>

#include "queue/payload.hpp"

namespace poolguard::detail {
namespace {

constexpr std::size_t kErrorsKept = 2000;
constexpr std::string_view kSpace = " \t\r\n";

std::vector<std::string> environment_of(const IsolationOptions& options, const Job& job) {
  std::map<std::string, std::string> variables = options.environment;
  variables["POOLGUARD_JOB_ID"] = std::to_string(job.id);
  variables["POOLGUARD_JOB_NAME"] = job.name;
  variables["POOLGUARD_JOB_ATTEMPT"] = std::to_string(job.attempts + 1);
  variables["POOLGUARD_JOB_MAX_ATTEMPTS"] = std::to_string(job.max_attempts);
  std::vector<std::string> texts;
  for (const auto& [name, value] : variables) texts.push_back(name + "=" + value);
  return texts;
}

FileDescriptor make_eventfd() {
  FileDescriptor event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (event.get() < 0) {
    throw ProgramStartError("can't start the program: the worker has no file descriptors left. The job is tried again later; raise `ulimit -n`");
  }
  return event;
}

/// Some of what is there to read; false if there was nothing. At the end of the file it closes the descriptor.
template <typename Take>
bool read_some(FileDescriptor& from, Take take) {
  if (from.get() < 0) return false;
  std::array<char, 16384> buffer;
  const ssize_t size = ::read(from.get(), buffer.data(), buffer.size());
  if (size > 0) {
    take(std::string_view(buffer.data(), static_cast<std::size_t>(size)));
    return true;
  }
  if (size == 0 || (errno != EAGAIN && errno != EINTR)) from.reset();
  return false;
}

std::string signal_text(int number) {
  const char* name = ::sigabbrev_np(number);
  const char* meaning = ::sigdescr_np(number);
  if (name == nullptr || meaning == nullptr) return fmt::format("signal {}", number);
  return fmt::format("SIG{} ({})", name, meaning);
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

}  // namespace

ProgramRun::ProgramRun(const IsolationOptions& options, const JobContext& context)
    : options_(options),
      context_(context),
      stop_asked_(make_eventfd()),
      program_({.arguments = options.command,
                .environment = environment_of(options, context.job),
                .directory = options.working_directory,
                .memory = options.memory,
                .cpu = options.cpu},
               options.input ? options.input(context) : context.job.payload) {
  if (options.wall_time) deadline_ = Clock::now() + *options.wall_time;
}

std::optional<std::string> ProgramRun::to_end() {
  const std::stop_callback on_stop(context_.stop, [this] { (void)::eventfd_write(stop_asked_.get(), 1); });
  watch();
  program_.signal(SIGKILL);  // what it has left behind, while its group can't be anybody else's
  // What it wrote is in the pipes. A process that left the group may still write, so not until their ends.
  constexpr int kReadsOfTheLargestPipe = 64;
  for (int i = 0; i < kReadsOfTheLargestPipe && hear(); ++i) {
  }
  return verdict(program_.reap());
}

void ProgramRun::watch() {
  while (true) {
    const auto of = [](int descriptor) { return pollfd{.fd = descriptor, .events = POLLIN, .revents = 0}; };
    std::array<pollfd, 5> events{of(program_.ended()), of(reason_ == Reason::none ? stop_asked_.get() : -1), of(program_.output.get()),
                                 of(program_.errors.get()), of(program_.progress.get())};
    ::poll(events.data(), events.size(), poll_timeout());  // a failure is an interruption: nothing is ready then
    if (events[0].revents != 0) return;
    if (events[1].revents != 0) tell_to_end(Reason::stopped);
    hear();
    if (deadline_ && *deadline_ <= Clock::now()) at_deadline();
  }
}

bool ProgramRun::hear() {
  const bool output = read_some(program_.output, [this](std::string_view text) {
    if (output_.size() + text.size() > options_.max_output) tell_to_end(Reason::output);
    if (reason_ == Reason::none) output_ += text;
  });
  const bool errors = read_some(program_.errors, [this](std::string_view text) {
    errors_ += text;
    if (errors_.size() > kErrorsKept) errors_.erase(0, errors_.size() - kErrorsKept);
  });
  const bool progress = read_some(program_.progress, [this](std::string_view text) { hear_progress(text); });
  return output || errors || progress;
}

/// While a line is stored more come: the newest is enough.
void ProgramRun::hear_progress(std::string_view text) {
  progress_ += text;
  const std::size_t end = progress_.rfind('\n');
  if (end != std::string::npos) {
    const std::size_t before = end == 0 ? std::string::npos : progress_.rfind('\n', end - 1);
    const std::size_t begin = before == std::string::npos ? 0 : before + 1;
    report(trimmed(std::string_view(progress_).substr(begin, end - begin)));
    progress_.erase(0, end + 1);
  }
  if (progress_.size() <= options_.max_output) return;
  progress_refusal_ = fmt::format("a line of progress has more than {} bytes (IsolationOptions::max_output)", options_.max_output);
  progress_.clear();
  tell_to_end(Reason::progress);
}

void ProgramRun::report(std::string_view line) {
  if (line.empty() || reason_ != Reason::none) return;
  try {
    context_.report_progress(line);
  } catch (const JobInterrupted&) {
    tell_to_end(Reason::stopped);
  } catch (const PayloadError& error) {
    progress_refusal_ = error.what();
    tell_to_end(Reason::progress);
  } catch (const Error& error) {
    // Progress is for those who watch. Whether the job goes on is the renewal's to say, which asks to stop.
    if (!error.infrastructure() && !context_.stop.stop_requested()) throw;
  }
}

void ProgramRun::tell_to_end(Reason reason) {
  if (reason_ != Reason::none) return;
  reason_ = reason;
  program_.signal(SIGTERM);
  deadline_ = Clock::now() + options_.stop_grace;
}

void ProgramRun::at_deadline() {
  if (reason_ == Reason::none) {
    tell_to_end(Reason::wall_time);
    return;
  }
  program_.signal(SIGKILL);
  deadline_.reset();
}

int ProgramRun::poll_timeout() const {
  if (!deadline_) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline_ - Clock::now()).count();
  return static_cast<int>(std::clamp<decltype(left)>(left, 0, std::numeric_limits<int>::max()));
}

std::optional<std::string> ProgramRun::verdict(const ChildEnd& end) const {
  const std::string ended = how(end) + stderr_tail();
  switch (reason_) {
    case Reason::stopped:
      if (!context_.stop.stop_requested()) throw JobInterrupted();
      throw ProgramError(fmt::format("the program was told to stop, and {}", ended));
    case Reason::wall_time:
      throw ProgramError(fmt::format("the program ran longer than the {} ms that it may (IsolationOptions::wall_time), was told to stop, and {}",
                                     options_.wall_time->count(), ended));
    case Reason::output:
      throw ProgramError(fmt::format("the program wrote more than {} bytes to stdout (IsolationOptions::max_output), was told to stop, and {}. "
                                     "Let it store its data elsewhere and print a reference to it", options_.max_output, ended));
    case Reason::progress:
      throw ProgramError(fmt::format("the program wrote progress that can't be stored, was told to stop, and {}: {}", ended, progress_refusal_));
    case Reason::none: break;
  }
  if (!end.exited || end.number != 0) {
    if (end.exited && end.number == kUnrecoverableExit) throw UnrecoverableError(fmt::format("the program failed for good: it {}", ended));
    throw ProgramError(fmt::format("the program {}", ended));
  }
  const std::string_view result = trimmed(output_);
  if (result.empty()) return std::nullopt;
  check_json("what the program wrote to stdout", result, options_.max_output);
  return std::string(result);
}

std::string ProgramRun::how(const ChildEnd& end) const {
  if (end.exited) {
    const bool from_shell = end.number > 128 && ::sigabbrev_np(end.number - 128) != nullptr;
    return fmt::format("ended with exit status {}{}", end.number,
                       from_shell ? fmt::format(" (as a shell says {})", signal_text(end.number - 128)) : "");
  }
  std::string text = fmt::format("was killed by {}", signal_text(end.number));
  if (options_.cpu && (end.number == SIGXCPU || (end.number == SIGKILL && end.cpu >= *options_.cpu))) {
    return text + fmt::format(": it used up its {} s of CPU time (IsolationOptions::cpu)", options_.cpu->count());
  }
  if (reason_ != Reason::none) return text;
  if (end.number == SIGKILL) text += ", which the worker didn't send: the kernel does when the machine's or the container's memory is used up";
  if (options_.memory) {
    text += fmt::format(". Its address space is limited to {} bytes (IsolationOptions::memory), and a program that gets no more memory often "
                        "ends like this", *options_.memory);
  }
  return text;
}

std::string ProgramRun::stderr_tail() const {
  const std::string_view text = trimmed(errors_);
  if (text.empty()) return {};
  return fmt::format("; the end of its stderr: {}", text);
}

}  // namespace poolguard::detail
