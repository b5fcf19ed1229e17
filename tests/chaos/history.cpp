#include "chaos/history.hpp"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <string>
#include <system_error>
#include <utility>

#include <nlohmann/json.hpp>

namespace poolguard::chaos {

std::int64_t true_time() {
  timespec now{};
  ::syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
  return now.tv_sec * 1'000'000 + now.tv_nsec / 1000;
}

History::History(const std::filesystem::path& file) : file_(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) {
  if (file_ < 0) throw std::system_error(errno, std::generic_category(), "can't write the history " + file.string());
}

History::~History() { ::close(file_); }

void History::write(nlohmann::json event) {
  event["at"] = true_time();
  const std::string line = event.dump() + "\n";
  if (::write(file_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
    throw std::system_error(errno, std::generic_category(), "can't write the history");
  }
}

}  // namespace poolguard::chaos
