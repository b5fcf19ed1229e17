#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <memory>
#include <string>
#include <system_error>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "poolguard/connection_url.hpp"
#include "poolguard/errors.hpp"
#include "poolguard/events.hpp"
#include "util/text.hpp"

namespace poolguard {
namespace {

/// 2026-12-01T08:00:00.123Z
std::string utc(std::chrono::system_clock::time_point now) {
  const auto second = std::chrono::floor<std::chrono::seconds>(now);
  std::string text = detail::utc_text(second);
  text.insert(text.size() - 1, fmt::format(".{:03}", std::chrono::floor<std::chrono::milliseconds>(now - second).count()));
  return text;
}

std::string json_line(const Event& event) {
  // Keys in this order, which a reader with eyes will thank for.
  const nlohmann::ordered_json object{{"time", utc(std::chrono::system_clock::now())},
                                      {"level", to_string(event.level)},
                                      {"event", event.name},
                                      {"message", redact(event.message)},
                                      {"pid", ::getpid()}};
  return object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace

EventSink json_lines_sink(const std::filesystem::path& file, Level least) {
  constexpr int kOwnerAndGroup = 0640;
  const int opened = ::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, kOwnerAndGroup);
  if (opened < 0) {
    throw ConfigError(fmt::format("the file for events, '{}', can't be opened: {}", file.string(), std::generic_category().message(errno)));
  }
  const std::shared_ptr<const int> descriptor(new int(opened), [](const int* fd) {
    ::close(*fd);
    delete fd;
  });
  return [descriptor, least](const Event& event) {
    if (event.level < least) return;
    const std::string line = json_line(event);
    // One write a line: with O_APPEND the lines of several threads and processes don't mix.
    if (::write(*descriptor, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
      throw std::system_error(errno, std::generic_category(), "an event can't be written");
    }
  };
}

}  // namespace poolguard
