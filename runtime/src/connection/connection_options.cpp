#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>

#include <fmt/format.h>

#include "poolguard/connection_manager.hpp"
#include "poolguard/connection_url.hpp"
#include "poolguard/errors.hpp"

namespace poolguard {
namespace {

std::optional<std::string> from_process(const std::string& name) {
  const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): read at start
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

bool read_switch(const std::string& name, std::string value) {
  std::ranges::transform(value, value.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (value == "1" || value == "true" || value == "yes" || value == "on") return true;
  if (value.empty() || value == "0" || value == "false" || value == "no" || value == "off") return false;
  throw ConfigError(fmt::format("{}: '{}' is neither on nor off. Give 1, true, yes or on; or 0, false, no or off", name,
                                redact(value)));
}

std::size_t read_number(const std::string& name, const std::string& value, std::size_t least, std::size_t most) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size() || number < least || number > most) {
    throw ConfigError(
        fmt::format("{}: '{}' is not a whole number from {} to {}. Correct it or unset it", name, redact(value), least, most));
  }
  return number;
}

}  // namespace

ConnectionOptions ConnectionOptions::from_environment(
    const std::function<std::optional<std::string>(const std::string&)>& lookup) {
  const auto read = [&lookup](const std::string& name) { return lookup ? lookup(name) : from_process(name); };
  ConnectionOptions options;
  options.url = read("POOLGUARD_DATABASE_URL").value_or("");
  options.direct_url = read("POOLGUARD_DIRECT_DATABASE_URL");
  if (options.direct_url && options.direct_url->empty()) options.direct_url.reset();
  if (!options.url.empty()) (void)ConnectionUrl::parse(options.url, "POOLGUARD_DATABASE_URL");
  if (options.direct_url) (void)ConnectionUrl::parse(*options.direct_url, "POOLGUARD_DIRECT_DATABASE_URL");

  const auto number = [&read](const std::string& name, std::size_t fallback, std::size_t least, std::size_t most) {
    const auto value = read(name);
    return value ? read_number(name, *value, least, most) : fallback;
  };
  if (const auto value = read("POOLGUARD_DISABLE_DIRECT_POOL")) {
    options.disable_direct_pool = read_switch("POOLGUARD_DISABLE_DIRECT_POOL", *value);
  }
  constexpr std::size_t kMostConnections = 1000;
  constexpr std::size_t kMostProcesses = 100'000;
  constexpr std::size_t kMostWaitMs = 3'600'000;
  options.transaction_pool_size =
      number("POOLGUARD_TRANSACTION_POOL_SIZE", options.transaction_pool_size, 1, kMostConnections);
  options.session_pool_size = number("POOLGUARD_SESSION_POOL_SIZE", options.session_pool_size, 1, kMostConnections);
  options.processes = number("POOLGUARD_PROCESSES", options.processes, 1, kMostProcesses);
  options.acquire_timeout = std::chrono::milliseconds(number(
      "POOLGUARD_ACQUIRE_TIMEOUT_MS", static_cast<std::size_t>(options.acquire_timeout.count()), 1, kMostWaitMs));
  return options;
}

}  // namespace poolguard
