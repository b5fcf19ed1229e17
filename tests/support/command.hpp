#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace poolguard::test {

struct CommandResult {
  int status = -1;  ///< exit status; 128 + the signal's number if it was killed
  std::string out;
  std::string err;
};

/// A program that a test runs: to its end with wait(), or in the background. Killed, if it still runs, at the end of the object.
class Command {
 public:
  /// `environment` is added to ours; an empty value unsets.
  explicit Command(std::vector<std::string> arguments, const std::map<std::string, std::string>& environment = {});
  ~Command();
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;

  [[nodiscard]] CommandResult wait();
  void signal(int number) const;
  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  /// What it has written so far.
  [[nodiscard]] std::string out() const;
  [[nodiscard]] std::string err() const;

 private:
  pid_t pid_ = -1;
  std::filesystem::path folder_;
};

/// Runs a program to its end.
[[nodiscard]] CommandResult run(std::vector<std::string> arguments, const std::map<std::string, std::string>& environment = {});

}  // namespace poolguard::test
