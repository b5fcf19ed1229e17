/// Handlers that run in a process of their own: a crash, a hang or a leak of theirs fails one job, and never the worker.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "poolguard/errors.hpp"
#include "poolguard/worker.hpp"

namespace poolguard {

/// A program that ends with this exit status has failed for good: its job is dead, whatever attempts are left. The number is the one of
/// qmail-command(8).
inline constexpr int kUnrecoverableExit = 100;

/// The program of an isolated handler failed, or was ended. The text says how (exit status, signal, limit), with the end of its stderr.
class ProgramError : public Error {
 public:
  using Error::Error;
};

/// The program of an isolated handler can't be started: no processes, memory or file descriptors to spare, or it is gone since the
/// worker's start. No attempt of the job is used up.
class ProgramStartError : public ProgramError {
 public:
  using ProgramError::ProgramError;
  [[nodiscard]] bool infrastructure() const noexcept override { return true; }
};

struct IsolationOptions {
  /// The program and its arguments; no shell. A name without a slash is looked for in the worker's PATH, once, when the handler is made.
  std::vector<std::string> command;
  /// All that the program's environment has, besides the POOLGUARD_JOB_… of isolated_handler(). Nothing is inherited: neither PATH nor
  /// a database's URL.
  std::map<std::string, std::string> environment = {};
  std::filesystem::path working_directory = {};             ///< empty: the worker's
  /// Bytes of address space (RLIMIT_AS), of the program and of each process that it starts: what it asks for beyond fails. At least
  /// 16 MiB. A runtime that reserves address space in advance (Go, Java, sanitizers) needs far more than it uses.
  std::optional<std::size_t> memory = {};
  std::optional<std::chrono::seconds> cpu = {};             ///< CPU time (RLIMIT_CPU), likewise; then SIGXCPU, a second later SIGKILL
  std::optional<std::chrono::milliseconds> wall_time = {};  ///< for one run, besides the job's own timeout; then it is ended
  /// A program that is to end gets SIGTERM, and SIGKILL after this time. Keep it below WorkerOptions::stop_grace.
  std::chrono::milliseconds stop_grace{2000};
  std::size_t max_output = std::size_t{1} << 20;            ///< bytes on stdout, and of a line of progress; with more it is ended
  /// What the program reads on stdin. Unset: the job's payload. Runs in the worker.
  std::function<std::string(const JobContext&)> input = {};
};

/// A handler that runs a program for each job. Its contract:
///  - stdin: the job's payload, as JSON. Environment: POOLGUARD_JOB_ID, POOLGUARD_JOB_NAME, POOLGUARD_JOB_ATTEMPT (from 1) and
///    POOLGUARD_JOB_MAX_ATTEMPTS, which win over IsolationOptions::environment.
///  - stdout: the result as JSON, or nothing.
///  - file descriptor 3: progress, a JSON value a line. Lines that come while one is being stored give way to the newest.
///  - stderr: its last 2000 bytes become part of the failure's text; else it is dropped.
///  - exit status 0: completed; kUnrecoverableExit: dead; any other, or a signal: an attempt is counted.
///  - when the job is to stop (its timeout, a cancel, a lost lease, the worker's end) all of its process group gets SIGTERM, then
///    SIGKILL. The job is then not completed, whatever the exit status.
///
/// The program leads a session and a process group of its own, which is killed when the program has ended, however that came. It is killed
/// when the worker dies (PR_SET_PDEATHSIG), writes no core file, and is what the kernel kills first when the machine has no memory left.
///
/// Throws ConfigError if the command isn't there or the options can't be. The handler may run on several threads at once. It throws
/// ProgramError, UnrecoverableError, JobInterrupted, and what report_progress or `input` throws. Linux only.
[[nodiscard]] Handler isolated_handler(IsolationOptions options);

}  // namespace poolguard
