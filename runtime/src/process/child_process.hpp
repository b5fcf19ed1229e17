/// A program that is run once, within limits, and watched while it runs.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "process/file_descriptor.hpp"

namespace poolguard::detail {

struct ChildSpec {
  std::vector<std::string> arguments;    ///< [0] is the program's path
  std::vector<std::string> environment;  ///< NAME=VALUE, all of it
  std::filesystem::path directory;       ///< empty: ours
  std::optional<std::size_t> memory;     ///< bytes of address space
  std::optional<std::chrono::seconds> cpu;
};

struct ChildEnd {
  bool exited = false;                ///< else a signal ended it
  int number = 0;                     ///< exit status, or signal
  std::chrono::milliseconds cpu{0};   ///< what it used, with its own children for which it waited
};

/// The program with what `ChildSpec` says, in a session and process group of its own. The kernel kills it when the thread that made
/// it ends, so that thread has to wait for it.
///
/// One thread at a time. Works in a program with threads: between vfork and exec only async-signal-safe calls are made. The file
/// descriptors are for poll(), and don't block.
class ChildProcess {
 public:
  /// `input` is what it reads on stdin. Throws ProgramStartError.
  ChildProcess(ChildSpec spec, std::string_view input);
  /// Kills the group if the program still runs, and waits for the program's end.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  FileDescriptor output;    ///< its stdout
  FileDescriptor errors;    ///< its stderr
  FileDescriptor progress;  ///< its file descriptor 3
  /// Readable once the program has ended.
  [[nodiscard]] int ended() const noexcept { return ended_.get(); }
  /// To the process group. Before reap().
  void signal(int number) const noexcept;
  /// Waits for the program's end. Once. Throws ProgramError if somebody else in this process has taken the exit status.
  [[nodiscard]] ChildEnd reap();

 private:
  pid_t pid_ = -1;
  FileDescriptor ended_;
};

}  // namespace poolguard::detail
