#include <fmt/format.h>

#include "poolguard/errors.hpp"
#include "poolguard/queue.hpp"
#include "queue/limits_sql.hpp"
#include "queue/new_job.hpp"

namespace poolguard {
namespace {

using detail::Number;
using detail::or_null;

Number starts(const std::optional<RateLimit>& rate) { return rate ? Number(rate->starts) : Number(); }
Number window(const std::optional<RateLimit>& rate) { return rate ? Number(rate->window.count()) : Number(); }

void check(std::string_view queue, std::string_view name, const Limits& limits) {
  if (queue.empty() || name.empty()) throw ConfigError("limits are those of a queue's name: give both. Nothing was written");
  for (const Number& number :
       {limits.active, limits.key_active, starts(limits.rate), window(limits.rate), starts(limits.key_rate), window(limits.key_rate)}) {
    if (!number || *number > 0) continue;
    throw ConfigError(fmt::format("the limits of '{}' in queue '{}' must be greater than 0; {} was given. Nothing was written; pause the "
                                  "name if none of its jobs may run",
                                  name, queue, *number));
  }
}

Number number_or_none(const Result& rows, std::size_t row, std::string_view column) {
  return rows.at(row, column) ? Number(rows.number(row, column)) : Number();
}

std::optional<RateLimit> read_rate(const Result& rows, std::size_t row, std::string_view most, std::string_view in) {
  const Number number = number_or_none(rows, row, most);
  if (!number) return std::nullopt;
  return RateLimit{.starts = *number, .window = std::chrono::milliseconds{rows.number(row, in)}};
}

}  // namespace

void Queue::set_limits(std::string_view queue, std::string_view name, const Limits& limits, const ExecuteOptions& options) {
  check(queue, name, limits);
  if (!limits.active && !limits.rate && !limits.key_active && !limits.key_rate) {
    engine_.execute(sql::kClearLimits, {queue, name}, options);
    return;
  }
  engine_.execute(sql::kSetLimits,
                  {queue, name, or_null(limits.active), or_null(starts(limits.rate)), or_null(window(limits.rate)),
                   or_null(limits.key_active), or_null(starts(limits.key_rate)), or_null(window(limits.key_rate))},
                  options);
  there_are_limits_ = true;
}

std::vector<NameLimits> Queue::limits(const ExecuteOptions& options) {
  const Result rows = engine_.execute(sql::kListLimits, {}, options);
  std::vector<NameLimits> all(rows.size());
  for (std::size_t row = 0; row < rows.size(); ++row) {
    all[row].queue = rows.text(row, "queue");
    all[row].name = rows.text(row, "name");
    all[row].active = number_or_none(rows, row, "max_active");
    all[row].rate = read_rate(rows, row, "max_starts", "window_ms");
    all[row].key_active = number_or_none(rows, row, "key_max_active");
    all[row].key_rate = read_rate(rows, row, "key_max_starts", "key_window_ms");
  }
  return all;
}

}  // namespace poolguard
