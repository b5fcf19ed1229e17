#include "schedule/zone.hpp"

#include <fmt/format.h>

#include "poolguard/errors.hpp"
#include "queue/schedule_sql.hpp"

namespace poolguard::detail {
namespace {

std::vector<ZoneSpan> read_spans(Engine& engine, std::string_view zone, Instant from, Instant to, const ExecuteOptions& options) {
  const Result rows =
      engine.execute(sql::kZoneSpans, {zone, from.time_since_epoch().count(), to.time_since_epoch().count()}, options);
  std::vector<ZoneSpan> spans;
  spans.reserve(rows.size());
  for (std::size_t row = 0; row < rows.size(); ++row) {
    spans.push_back({.begins = Instant(std::chrono::seconds{rows.number(row, "begins_s")}),
                     .offset = std::chrono::seconds{rows.number(row, "offset_s")}});
  }
  return spans;
}

}  // namespace

Instant next_in_zone(Engine& engine, const Cron& cron, std::string_view zone, Instant after, const ExecuteOptions& options) {
  const Instant minute = std::chrono::floor<std::chrono::minutes>(after);
  // Most come within a day; 29 February takes eight years at times, and 1 February on a Monday eleven.
  for (const int days : {3, 400, 366 * 12}) {
    const Instant end = minute + std::chrono::days{days};
    if (const auto next = next_firing(cron, read_spans(engine, zone, minute - kLongestJump, end, options), minute, end)) return *next;
  }
  throw ConfigError(fmt::format("the cron expression matches no time of the next twelve years in the time zone '{}'", zone));
}

}  // namespace poolguard::detail
