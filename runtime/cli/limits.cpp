// Limits of names and keys.
#include <iostream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "jobs_json.hpp"
#include "open_engine.hpp"
#include "poolguard/queue.hpp"

namespace poolguard::cli {
namespace {

std::optional<std::int64_t> or_none(std::int64_t number) { return number == 0 ? std::nullopt : std::optional(number); }

std::optional<RateLimit> rate(std::int64_t starts, std::int64_t window_s) {
  if (starts == 0) return std::nullopt;
  return RateLimit{.starts = starts, .window = std::chrono::seconds{window_s}};
}

nlohmann::json to_json(const std::optional<RateLimit>& rate) {
  if (!rate) return {};
  return {{"starts", rate->starts}, {"window_ms", rate->window.count()}};
}

nlohmann::json to_json(const std::optional<std::int64_t>& number) { return number ? nlohmann::json(*number) : nlohmann::json(); }

std::string text(const std::optional<RateLimit>& rate) {
  return rate ? fmt::format("{} in {} s", rate->starts, static_cast<double>(rate->window.count()) / 1000) : "-";
}

std::string text(const std::optional<std::int64_t>& number) { return number ? fmt::format("{}", *number) : "-"; }

}  // namespace

int limits_set(const Options& options) {
  const Options::Limits& given = options.limits;
  const auto engine = open_engine(options);
  Queue queue(*engine);
  queue.migrate(limits());
  const Limits wanted{.active = or_none(given.active),
                      .rate = rate(given.rate, given.window_s),
                      .key_active = or_none(given.key_active),
                      .key_rate = rate(given.key_rate, given.key_window_s)};
  queue.set_limits(given.queue, given.name, wanted, limits());
  const bool none = !wanted.active && !wanted.rate && !wanted.key_active && !wanted.key_rate;
  return say(options, true, fmt::format("'{}' in queue '{}' has {}", given.name, given.queue, none ? "no limits" : "these limits"),
             {{"queue", given.queue}, {"name", given.name}});
}

int limits_list(const Options& options) {
  const auto engine = open_engine(options);
  Queue queue(*engine);
  queue.migrate(limits());
  const std::vector<NameLimits> all = queue.limits(limits());
  if (options.json) {
    nlohmann::json out = nlohmann::json::array();
    for (const NameLimits& name : all) {
      out.push_back({{"queue", name.queue}, {"name", name.name}, {"active", to_json(name.active)}, {"rate", to_json(name.rate)},
                     {"key_active", to_json(name.key_active)}, {"key_rate", to_json(name.key_rate)}});
    }
    std::cout << out.dump(2) << '\n';
    return kOk;
  }
  constexpr auto kRow = "{:<16} {:<16} {:>8} {:>16} {:>12} {:>16}\n";
  std::cout << fmt::format(kRow, "queue", "name", "active", "rate", "key active", "key rate");
  for (const NameLimits& name : all) {
    std::cout << fmt::format(kRow, name.queue, name.name, text(name.active), text(name.rate), text(name.key_active), text(name.key_rate));
  }
  return kOk;
}

}  // namespace poolguard::cli
