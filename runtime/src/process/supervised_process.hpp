/// A child process that can't outlive its parent, however the parent dies.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace poolguard::detail {

/// Who a child runs as.
struct ProcessUser {
  uid_t uid = 0;
  gid_t gid = 0;
  std::string name;
};

/// The user for programs that refuse to run as root: `postgres` if there is one, else `nobody`. Empty if we aren't root.
[[nodiscard]] std::optional<ProcessUser> unprivileged_user();

struct ProcessSpec {
  std::vector<std::string> arguments;  ///< [0] is the program's path
  std::optional<ProcessUser> user;
  std::filesystem::path output;        ///< stdout and stderr are appended here
  int stop_signal = 0;                 ///< the polite end; SIGKILL follows after `stop_within`
  std::chrono::milliseconds stop_within{10000};
  std::filesystem::path remove_after;  ///< a folder to remove when the process has ended; empty: none
};

/// Between us and the child stands a supervisor process that holds one end of a socket pair. When ours closes (stop(), or our
/// death by whatever cause) it ends the child and removes the folder. If the supervisor itself is killed, the kernel
/// kills the child (PR_SET_PDEATHSIG).
///
/// One thread at a time. Works in a multi-threaded program: between fork and exec only async-signal-safe calls are made.
class SupervisedProcess {
 public:
  /// Starts it. Throws ServerStartError if the process can't be made; a program that fails later shows in running().
  explicit SupervisedProcess(const ProcessSpec& spec);
  /// stop()
  ~SupervisedProcess();
  SupervisedProcess(const SupervisedProcess&) = delete;
  SupervisedProcess& operator=(const SupervisedProcess&) = delete;

  /// False once the child has ended.
  [[nodiscard]] bool running();
  /// The child's process id.
  [[nodiscard]] pid_t pid() const noexcept { return child_; }
  /// Ends the child and waits for the end. Idempotent.
  void stop() noexcept;

 private:
  pid_t supervisor_ = -1;
  pid_t child_ = -1;
  int leash_ = -1;
};

/// Runs a program to its end and returns its exit status; its output is appended to `spec.output`.
int run_to_end(const ProcessSpec& spec);

}  // namespace poolguard::detail
