#include <chrono>
#include <optional>
#include <stop_token>
#include <thread>

#include <fmt/format.h>

#include "commands.hpp"
#include "jobs_json.hpp"
#include "open_engine.hpp"
#include "overview/overview.hpp"
#include "overview_json.hpp"
#include "overview_text.hpp"
#include "poolguard/connection_url.hpp"
#include "poolguard/errors.hpp"
#include "poolguard/queue.hpp"
#include "screen.hpp"
#include "util/pause.hpp"
#include "util/text.hpp"

namespace poolguard::cli {
namespace {

/// One look: all queues, or why they could not be seen.
struct Look {
  std::optional<detail::Overview> overview;
  std::string trouble;
};

Look look(Engine& engine, const std::stop_token& stop) {
  try {
    return {.overview = detail::look_at(engine, {}, {.timeout = limits().timeout, .stop = stop}), .trouble = {}};
  } catch (const Error& error) {
    return {.overview = std::nullopt, .trouble = redact(error.what())};
  }
}

nlohmann::json json_of(const Look& seen) {
  if (seen.overview) return to_json(*seen.overview);
  return {{"at", now_utc()}, {"error", seen.trouble}};
}

std::vector<std::string> lines_of(const Look& seen, const Options::Watch& watch) {
  std::vector<std::string> lines{"poolguard-jobs watch  " + now_utc()};
  if (!watch.once) lines.back() += fmt::format("  every {:g} s, Ctrl-C ends it", watch.interval_s);
  lines.emplace_back();
  if (!seen.overview) {
    lines.push_back("The queues can't be seen; the next look is the next try: " + detail::printable_text(seen.trouble));
    return lines;
  }
  for (std::string& line : to_lines(*seen.overview)) lines.push_back(std::move(line));
  return lines;
}

}  // namespace

int watch(const Options& options, const Signals& signals) {
  const auto engine = open_engine(options);
  Queue(*engine).migrate(limits());
  std::stop_source stop;
  const Screen screen(!options.json && !options.watch.once);
  const std::jthread listener = signals.listen([&stop] { stop.request_stop(); }, [&screen] { screen.leave(); });
  const auto interval = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::duration<double>(options.watch.interval_s));
  do {
    const Look seen = look(*engine, stop.get_token());
    if (stop.stop_requested()) return kOk;
    if (!seen.overview && options.watch.once) throw Error(seen.trouble);
    if (!(options.json ? screen.line(one_line(json_of(seen))) : screen.draw(lines_of(seen, options.watch)))) return kOk;
  } while (!options.watch.once && detail::pause_for(interval, stop.get_token()));
  return kOk;
}

}  // namespace poolguard::cli
