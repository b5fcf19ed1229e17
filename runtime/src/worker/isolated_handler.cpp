#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <memory>
#include <sstream>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "poolguard/isolation.hpp"
#include "worker/program_run.hpp"

namespace poolguard {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLeastMemory = std::size_t{16} << 20;

bool is_program(const fs::path& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

/// Absolute, so that it means the same in another working directory.
std::string find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) {
    if (is_program(name)) return fs::absolute(name);
    throw ConfigError(fmt::format("isolated handler: '{}' is not a program that this user may run. Correct the path or its permissions", name));
  }
  const char* path = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): read only
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (!folder.empty() && is_program(fs::path(folder) / name)) return fs::absolute(fs::path(folder) / name);
  }
  throw ConfigError(fmt::format("isolated handler: there is no program '{}' in the worker's PATH ({}). Install it or give its path", name,
                                path == nullptr ? "not set" : path));
}

void check(const IsolationOptions& options) {
  const auto require = [](bool holds, std::string_view what) {
    if (!holds) throw ConfigError(fmt::format("isolated handler: {}", what));
  };
  const auto has_nul = [](const std::string& text) { return text.find('\0') != std::string::npos; };
  require(!options.command.empty() && !options.command.front().empty(), "command is empty; give it a program and its arguments");
  for (const std::string& argument : options.command) require(!has_nul(argument), "an argument of the command contains a NUL byte");
  for (const auto& [name, value] : options.environment) {
    require(!name.empty() && name.find('=') == std::string::npos && !has_nul(name) && !has_nul(value),
            fmt::format("'{}' can't be a variable of its environment: the name is empty or has a '=', or there is a NUL byte", name));
  }
  std::error_code unreadable;  // then it isn't a folder that we can use
  require(options.working_directory.empty() || fs::is_directory(options.working_directory, unreadable),
          fmt::format("working_directory: there is no folder '{}'", options.working_directory.string()));
  require(!options.memory || *options.memory >= kLeastMemory, "memory is below 16 MiB, in which hardly a program starts. It counts bytes");
  require(!options.cpu || *options.cpu >= std::chrono::seconds{1}, "cpu must be at least 1 s");
  require(!options.wall_time || *options.wall_time > std::chrono::milliseconds{0}, "wall_time must be greater than 0");
  require(options.stop_grace >= std::chrono::milliseconds{0}, "stop_grace must not be less than 0");
  require(options.max_output > 0, "max_output must be greater than 0");
  struct sigaction action {};
  ::sigaction(SIGCHLD, nullptr, &action);
  require(action.sa_handler != SIG_IGN && (action.sa_flags & SA_NOCLDWAIT) == 0,
          "this process ignores SIGCHLD, so that nobody can learn how a program ended. Set it to SIG_DFL");
}

}  // namespace

Handler isolated_handler(IsolationOptions options) {
  check(options);
  options.command.front() = find_program(options.command.front());
  return [shared = std::make_shared<const IsolationOptions>(std::move(options))](const JobContext& context) {
    context.throw_if_stopped();
    return detail::ProgramRun(*shared, context).to_end();
  };
}

}  // namespace poolguard
