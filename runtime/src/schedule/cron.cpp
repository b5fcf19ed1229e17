#include "schedule/cron.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <span>
#include <string>

#include <fmt/format.h>

#include "poolguard/errors.hpp"

namespace poolguard::detail {
namespace {

using std::chrono::days;
using std::chrono::minutes;

constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kWeekdays = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

struct Field {
  std::string_view name;
  int least;
  int most;
  std::span<const std::string_view> words = {};  ///< for the numbers from `least` on
};

const std::array<Field, 5> kFields = {{{"minute", 0, 59},
                                       {"hour", 0, 23},
                                       {"day of month", 1, 31},
                                       {"month", 1, 12, kMonths},
                                       {"day of week", 0, 7, kWeekdays}}};

struct Shorthand {
  std::string_view word, fields;
};
constexpr std::array<Shorthand, 7> kShorthands = {{{"@yearly", "0 0 1 1 *"},
                                                   {"@annually", "0 0 1 1 *"},
                                                   {"@monthly", "0 0 1 * *"},
                                                   {"@weekly", "0 0 * * 0"},
                                                   {"@daily", "0 0 * * *"},
                                                   {"@midnight", "0 0 * * *"},
                                                   {"@hourly", "0 * * * *"}}};

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find_first_of(separators, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

/// One field of an expression, read into the numbers it stands for.
class FieldReader {
 public:
  FieldReader(const Field& field, std::string_view text, std::string_view whole) : field_(field), text_(text), whole_(whole) {}

  [[nodiscard]] std::bitset<64> read() const {
    std::bitset<64> numbers;
    for (const std::string_view element : split(text_, ",")) add(numbers, element);
    return numbers;
  }

 private:
  [[noreturn]] void refuse(std::string_view what) const {
    throw ConfigError(fmt::format("the {} '{}' of the cron expression '{}': {}. Nothing was written", field_.name, text_, whole_, what));
  }

  void add(std::bitset<64>& numbers, std::string_view element) const {
    const std::size_t slash = element.find('/');
    const std::string_view range = element.substr(0, slash);
    int first = field_.least, last = field_.most;
    const bool one = range != "*" && range.find('-') == std::string_view::npos;
    if (range != "*") {
      first = number(range.substr(0, range.find('-')));
      last = one ? first : number(range.substr(range.find('-') + 1));
    }
    if (first > last) refuse(fmt::format("the range {} goes backwards; write it as a list of two ranges", range));
    int step = 1;
    if (slash != std::string_view::npos) {
      if (one) refuse(fmt::format("a step needs a range or '*' before it: {0}-{1}/…", first, field_.most));
      step = whole_number(element.substr(slash + 1));
      if (step < 1) refuse("a step must be 1 or more");
    }
    for (int i = first; i <= last; i += step) numbers.set(static_cast<std::size_t>(i));
  }

  [[nodiscard]] int number(std::string_view word) const {
    std::string lower(word);
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    for (std::size_t i = 0; i < field_.words.size(); ++i) {
      if (lower == field_.words[i]) return field_.least + static_cast<int>(i);
    }
    const int value = whole_number(word);
    if (value < field_.least || value > field_.most) {
      refuse(fmt::format("{} is not from {} to {}", value, field_.least, field_.most));
    }
    return value;
  }

  [[nodiscard]] int whole_number(std::string_view word) const {
    int value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (word.empty() || error != std::errc() || end != word.data() + word.size() || word.front() == '-') {
      refuse(word.empty() ? std::string("a number is missing") : fmt::format("'{}' is neither a number nor a name that it knows", word));
    }
    return value;
  }

  const Field& field_;
  std::string_view text_, whole_;
};

template <std::size_t Size>
std::bitset<Size> narrow(const std::bitset<64>& numbers) {
  return std::bitset<Size>(numbers.to_ullong());
}

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> all = split(text, " \t");
  std::erase(all, std::string_view());
  return all;
}

}  // namespace

Cron Cron::parse(std::string_view text) {
  std::vector<std::string_view> fields = words(text);
  if (fields.size() == 1 && fields.front().starts_with('@')) {
    const auto* const found = std::ranges::find(kShorthands, fields.front(), &Shorthand::word);
    if (found == kShorthands.end()) {
      throw ConfigError(fmt::format("the cron expression '{}' is none of @yearly, @annually, @monthly, @weekly, @daily, @midnight and "
                                    "@hourly. Nothing was written",
                                    text));
    }
    fields = words(found->fields);
  }
  if (fields.size() != kFields.size()) {
    throw ConfigError(fmt::format("the cron expression '{}' has {} fields, and 5 are needed: minute, hour, day of month, month, day of week. "
                                  "Nothing was written",
                                  text, fields.size()));
  }
  const auto read = [&](std::size_t place) { return FieldReader(kFields[place], fields[place], text).read(); };
  Cron cron;
  cron.minutes_ = narrow<60>(read(0));
  cron.hours_ = narrow<24>(read(1));
  cron.days_ = narrow<32>(read(2));
  cron.months_ = narrow<13>(read(3));
  std::bitset<64> weekdays = read(4);
  if (weekdays.test(7)) weekdays.reset(7).set(0);
  cron.weekdays_ = narrow<7>(weekdays);
  cron.wildcard_ = fields[0].starts_with('*') || fields[1].starts_with('*');
  cron.any_day_ = fields[2].starts_with('*');
  cron.any_weekday_ = fields[4].starts_with('*');
  // Every date falls on every day of the week within 28 years.
  constexpr std::chrono::local_days kFrom{std::chrono::year{2000} / 1 / 1}, kTo{std::chrono::year{2028} / 1 / 1};
  if (!cron.next(kFrom - minutes{1}, kTo)) {
    throw ConfigError(fmt::format("the day of month '{}' of the cron expression '{}' never comes in the month '{}'. Nothing was written",
                                  fields[2], text, fields[3]));
  }
  return cron;
}

bool Cron::on(std::chrono::local_days day) const {
  const std::chrono::year_month_day date(day);
  if (!months_.test(static_cast<unsigned>(date.month()))) return false;
  const bool in_month = days_.test(static_cast<unsigned>(date.day()));
  const bool in_week = weekdays_.test(std::chrono::weekday(day).c_encoding());
  return any_day_ || any_weekday_ ? in_month && in_week : in_month || in_week;
}

std::optional<WallTime> Cron::next(WallTime time, WallTime end) const {
  const WallTime from = std::chrono::floor<minutes>(time) + minutes{1};
  for (auto day = std::chrono::floor<days>(from); day < end; day += days{1}) {
    if (!on(day)) continue;
    const auto first = std::chrono::duration_cast<minutes>(std::max(from - WallTime(day), std::chrono::seconds{0})).count();
    for (auto hour = static_cast<std::size_t>(first / 60); hour < hours_.size(); ++hour) {
      if (!hours_.test(hour)) continue;
      const auto least = static_cast<std::size_t>(std::max<std::int64_t>(first - static_cast<std::int64_t>(hour) * 60, 0));
      for (std::size_t minute = least; minute < minutes_.size(); ++minute) {
        if (!minutes_.test(minute)) continue;
        const WallTime found = WallTime(day) + minutes{hour * 60 + minute};
        return found < end ? std::optional(found) : std::nullopt;
      }
    }
  }
  return std::nullopt;
}

std::optional<Instant> next_firing(const Cron& cron, const std::vector<ZoneSpan>& spans, Instant after, Instant end) {
  std::optional<WallTime> shown;  // the latest time that the clock has shown
  for (std::size_t i = 0; i < spans.size(); ++i) {
    const ZoneSpan& span = spans[i];
    const auto on_the_wall = [&span](Instant instant) { return WallTime(instant.time_since_epoch() + span.offset); };
    const Instant span_end = i + 1 < spans.size() ? spans[i + 1].begins : end;
    const WallTime before_span = on_the_wall(span.begins) - minutes{1};
    if (!shown || cron.wildcard()) shown = before_span;
    if (span_end > after) {
      if (after >= span.begins) shown = std::max(*shown, on_the_wall(after));
      if (const auto found = cron.next(*shown, on_the_wall(span_end))) {
        return std::max(Instant(found->time_since_epoch() - span.offset), span.begins);
      }
    }
    shown = std::max(*shown, on_the_wall(span_end) - minutes{1});
  }
  return std::nullopt;
}

}  // namespace poolguard::detail
