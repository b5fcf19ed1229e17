#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "poolguard/isolation.hpp"
#include "process/child_process.hpp"
#include "process/file_descriptor.hpp"

namespace poolguard::detail {

/// One run of an isolated handler's program: hears it, ends it when it has to end, and judges how it ended.
class ProgramRun {
 public:
  /// Starts it. Both must outlive the run. Throws ProgramStartError.
  ProgramRun(const IsolationOptions& options, const JobContext& context);

  /// Waits for its end; its result, if it gave one. Once, on the thread that made it. Throws what isolated_handler() documents.
  [[nodiscard]] std::optional<std::string> to_end();

 private:
  using Clock = std::chrono::steady_clock;
  /// Why it was told to end.
  enum class Reason { none, stopped, wall_time, output, progress };

  void watch();
  /// Takes some of what the program has written; false if there was nothing.
  bool hear();
  void hear_progress(std::string_view text);
  void report(std::string_view line);
  void tell_to_end(Reason reason);
  void at_deadline();
  [[nodiscard]] int poll_timeout() const;
  [[nodiscard]] std::optional<std::string> verdict(const ChildEnd& end) const;
  [[nodiscard]] std::string how(const ChildEnd& end) const;
  [[nodiscard]] std::string stderr_tail() const;

  const IsolationOptions& options_;
  const JobContext& context_;
  FileDescriptor stop_asked_;  // an eventfd
  ChildProcess program_;
  Reason reason_ = Reason::none;
  std::optional<Clock::time_point> deadline_;  // of its wall time; once it was told to end, for SIGKILL
  std::string output_;
  std::string errors_;    // the end of its stderr
  std::string progress_;  // a line that has not ended
  std::string progress_refusal_;
};

}  // namespace poolguard::detail
