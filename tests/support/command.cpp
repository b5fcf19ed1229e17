#include "support/command.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace poolguard::test {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::vector<std::string> merged(const std::map<std::string, std::string>& changes) {
  std::vector<std::string> out;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (!changes.contains(text.substr(0, text.find('=')))) out.push_back(text);
  }
  for (const auto& [name, value] : changes) {
    if (!value.empty()) out.push_back(name + "=" + value);
  }
  return out;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

}  // namespace

Command::Command(std::vector<std::string> arguments, const std::map<std::string, std::string>& environment) {
  std::string name = (fs::temp_directory_path() / "poolguard-command-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("can't make a folder for a command's output");
  folder_ = name;
  std::vector<std::string> variables = merged(environment);
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, (folder_ / "out").c_str(), O_WRONLY | O_CREAT, 0600);
  ::posix_spawn_file_actions_addopen(&files, STDERR_FILENO, (folder_ / "err").c_str(), O_WRONLY | O_CREAT, 0600);
  const int error = ::posix_spawn(&pid_, arguments.front().c_str(), &files, nullptr, pointers(arguments).data(), pointers(variables).data());
  ::posix_spawn_file_actions_destroy(&files);
  if (error != 0) throw std::runtime_error("can't start " + arguments.front());
}

Command::~Command() {
  if (pid_ > 0) {
    signal(SIGKILL);
    (void)wait();
  }
  std::error_code ignored;  // a leftover in /tmp fails no test
  fs::remove_all(folder_, ignored);
}

CommandResult Command::wait() {
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return {.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
          .out = read(folder_ / "out"),
          .err = read(folder_ / "err")};
}

void Command::signal(int number) const { ::kill(pid_, number); }

std::string Command::out() const { return read(folder_ / "out"); }

std::string Command::err() const { return read(folder_ / "err"); }

CommandResult run(std::vector<std::string> arguments, const std::map<std::string, std::string>& environment) {
  return Command(std::move(arguments), environment).wait();
}

}  // namespace poolguard::test
