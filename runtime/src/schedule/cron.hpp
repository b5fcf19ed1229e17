/// Cron expressions: five fields, and when their minute comes, on a wall clock that jumps.
#pragma once

#include <bitset>
#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

namespace poolguard::detail {

/// What a wall clock shows: seconds since 1970-01-01 00:00 of that clock, whatever its time zone.
using WallTime = std::chrono::local_seconds;
using Instant = std::chrono::sys_seconds;

/// Minute, hour, day of month, month, day of week: as crontab(5) of Vixie cron has them. A field is `*`, a number, a name (jan, mon), a
/// range a-b, one of these with a step (*/15, 8-18/2), or a list of all that. 0 and 7 are Sunday. `@yearly`, `@annually`, `@monthly`, `@weekly`,
/// `@daily`, `@midnight` and `@hourly` stand for what they say. If both days are restricted (neither begins with `*`), either will do.
class Cron {
 public:
  /// Throws ConfigError, naming the field, for what is no such expression, and for a day that never comes (30 February).
  [[nodiscard]] static Cron parse(std::string_view text);

  /// The first minute after `time` that matches, if it comes before `end`.
  [[nodiscard]] std::optional<WallTime> next(WallTime time, WallTime end) const;

  /// True if minute or hour begins with `*`. Such a one goes by what the clock shows in each minute; one at fixed times comes once for
  /// each of its times, however the clock jumps.
  [[nodiscard]] bool wildcard() const noexcept { return wildcard_; }

 private:
  Cron() = default;
  [[nodiscard]] bool on(std::chrono::local_days day) const;

  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;
  std::bitset<13> months_;
  std::bitset<7> weekdays_;
  bool wildcard_ = false;
  bool any_day_ = false;  ///< day of month begins with `*`
  bool any_weekday_ = false;
};

/// From `begins` on, a zone's wall clock shows UTC + `offset`, until the next span begins.
struct ZoneSpan {
  Instant begins;
  std::chrono::seconds offset{0};
};

/// How far back a span list must reach before `after`, to know what the clock has shown: the largest jump a zone has made is a day.
inline constexpr std::chrono::hours kLongestJump{26};

/// The first firing after `after` and before `end`. `spans` go from kLongestJump before `after` to `end`, in order.
///
/// At fixed times: the first moment at which the clock shows that time or a later one. So what a jump forward leaves out comes at the
/// jump, once, and what a jump back repeats comes the first time only. With a wildcard: every minute that the clock shows and that
/// matches; so what is left out doesn't come, and what is repeated comes again. Both as cron(8) of Debian (Vixie cron) has it, but that
/// cron runs a job of several left-out times once for each.
[[nodiscard]] std::optional<Instant> next_firing(const Cron& cron, const std::vector<ZoneSpan>& spans, Instant after, Instant end);

}  // namespace poolguard::detail
