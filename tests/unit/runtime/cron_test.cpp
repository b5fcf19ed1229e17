#include "schedule/cron.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "poolguard/errors.hpp"

using namespace poolguard;
using namespace poolguard::detail;
using namespace std::chrono_literals;
using std::chrono::days;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

WallTime wall(int year, unsigned month, unsigned day, int hour = 0, int minute = 0) {
  return std::chrono::local_days{std::chrono::year{year} / static_cast<int>(month) / static_cast<int>(day)} + std::chrono::hours{hour} +
         minutes{minute};
}

Instant utc(int year, unsigned month, unsigned day, int hour = 0, int minute = 0) {
  return Instant(wall(year, month, day, hour, minute).time_since_epoch());
}

WallTime next(const char* cron, WallTime after) { return Cron::parse(cron).next(after, after + days{366 * 9}).value(); }

void expect_refused(const char* cron, const char* field, const char* why) {
  try {
    (void)Cron::parse(cron);
    ADD_FAILURE() << cron << " was taken";
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.what(), HasSubstr(field)) << cron;
    EXPECT_THAT(error.what(), HasSubstr(why)) << cron;
  }
}

/// Berlin, with its two changes of 2026.
const std::vector<ZoneSpan> kBerlin = {
    {utc(2026, 1, 1), 1h}, {utc(2026, 3, 29, 1), 2h}, {utc(2026, 10, 25, 1), 1h}};
const Instant kEnd = utc(2027, 1, 1);

std::vector<Instant> firings(const char* cron, const std::vector<ZoneSpan>& spans, Instant from, Instant to) {
  const Cron parsed = Cron::parse(cron);
  std::vector<Instant> all;
  for (auto at = next_firing(parsed, spans, from, kEnd); at && *at < to; at = next_firing(parsed, spans, *at, kEnd)) all.push_back(*at);
  return all;
}

/// The rule as it is written, minute by minute.
std::vector<Instant> firings_by_the_minute(const char* text, const std::vector<ZoneSpan>& spans, Instant from, Instant to) {
  const Cron cron = Cron::parse(text);
  std::vector<Instant> all;
  std::optional<WallTime> shown;
  for (Instant at = spans.front().begins; at < to; at += minutes{1}) {
    std::size_t span = spans.size() - 1;
    while (spans[span].begins > at) --span;
    const WallTime now(at.time_since_epoch() + spans[span].offset);
    const WallTime before = cron.wildcard() || !shown ? now - minutes{1} : *shown;
    if (at > from && cron.next(before, now + minutes{1})) all.push_back(at);
    shown = shown ? std::max(*shown, now) : now;
  }
  return all;
}

}  // namespace

TEST(Cron, FieldsNamesRangesStepsAndLists) {
  const WallTime thursday = wall(2026, 11, 26, 4, 35);
  EXPECT_EQ(next("* * * * *", thursday), wall(2026, 11, 26, 4, 36));
  EXPECT_EQ(next("*/15 * * * *", thursday), wall(2026, 11, 26, 4, 45));
  EXPECT_EQ(next("10-50/20 * * * *", thursday), wall(2026, 11, 26, 4, 50));
  EXPECT_EQ(next("5,50,40 * * * *", thursday), wall(2026, 11, 26, 4, 40));
  EXPECT_EQ(next("0 4 * * *", thursday), wall(2026, 11, 27, 4));
  EXPECT_EQ(next("30 2 * * mon-fri", wall(2026, 11, 27, 3)), wall(2026, 11, 30, 2, 30));
  EXPECT_EQ(next("0 0 1 JAN *", thursday), wall(2027, 1, 1));
  EXPECT_EQ(next("0 0 1 feb-Apr,dec *", thursday), wall(2026, 12, 1));
  EXPECT_EQ(next("0 0 * * 7", thursday), wall(2026, 11, 29)) << "7 is Sunday";
  EXPECT_EQ(next("0 0 * * 0", thursday), wall(2026, 11, 29)) << "and so is 0";
  EXPECT_EQ(next("0 0 * * 5-7", wall(2026, 11, 28)), wall(2026, 11, 29));
  EXPECT_EQ(next("0 0 29 2 *", thursday), wall(2028, 2, 29));
  EXPECT_EQ(next("\t0  0 31 * * ", thursday), wall(2026, 12, 31));
  EXPECT_EQ(next("* * * * *", thursday + 30s), wall(2026, 11, 26, 4, 36)) << "the minute that has begun is over";
}

TEST(Cron, EitherDayWillDoIfBothAreRestricted) {
  EXPECT_EQ(next("0 0 13 * fri", wall(2026, 11, 1)), wall(2026, 11, 6));
  EXPECT_EQ(next("0 0 13 * fri", wall(2026, 12, 11)), wall(2026, 12, 13));
  EXPECT_EQ(next("0 0 */2 * fri", wall(2026, 11, 1)), wall(2026, 11, 13)) << "a field that begins with * is not restricted";
}

TEST(Cron, Shorthands) {
  const WallTime thursday = wall(2026, 11, 26, 4, 35);
  EXPECT_EQ(next("@hourly", thursday), wall(2026, 11, 26, 5));
  EXPECT_EQ(next("@daily", thursday), wall(2026, 11, 27));
  EXPECT_EQ(next("@midnight", thursday), wall(2026, 11, 27));
  EXPECT_EQ(next("@weekly", thursday), wall(2026, 11, 29));
  EXPECT_EQ(next("@monthly", thursday), wall(2026, 12, 1));
  EXPECT_EQ(next("@yearly", thursday), wall(2027, 1, 1));
  EXPECT_EQ(next("@annually", thursday), wall(2027, 1, 1));
}

TEST(Cron, WhatIsNoExpressionIsRefusedByField) {
  expect_refused("60 * * * *", "minute", "60 is not from 0 to 59");
  expect_refused("* 24 * * *", "hour", "0 to 23");
  expect_refused("* * 0 * *", "day of month", "1 to 31");
  expect_refused("* * * 13 *", "month", "1 to 12");
  expect_refused("* * * * 8", "day of week", "0 to 7");
  expect_refused("* * * foo *", "month", "'foo'");
  expect_refused("* * * * jan", "day of week", "'jan'");
  expect_refused("mon * * * *", "minute", "'mon'");
  expect_refused("5/10 * * * *", "minute", "a step needs a range");
  expect_refused("*/0 * * * *", "minute", "1 or more");
  expect_refused("*/x * * * *", "minute", "'x'");
  expect_refused("*/ * * * *", "minute", "missing");
  expect_refused("1,,2 * * * *", "minute", "missing");
  expect_refused("1- * * * *", "minute", "missing");
  expect_refused("-1 * * * *", "minute", "missing");
  expect_refused("1-2-3 * * * *", "minute", "'2-3'");
  expect_refused("50-10 * * * *", "minute", "backwards");
  expect_refused("* * * * fri-mon", "day of week", "backwards");
  expect_refused("*5 * * * *", "minute", "'*5'");
  expect_refused("* * * *", "4 fields", "5 are needed");
  expect_refused("0 * * * * *", "6 fields", "5 are needed");
  expect_refused("", "0 fields", "5 are needed");
  expect_refused("@reboot", "@reboot", "none of");
  expect_refused("0 0 30 2 *", "day of month '30'", "never comes");
  expect_refused("0 0 31 4,6,9,11 *", "day of month '31'", "never comes");
  expect_refused("? * * * *", "minute", "'?'");
  expect_refused("0 0 L * *", "day of month", "'L'");
}

TEST(CronFirings, WhatTheClockLeavesOutComesAtTheJumpOnce) {
  const Instant before = utc(2026, 3, 28, 12), jump = utc(2026, 3, 29, 1), after = utc(2026, 3, 30, 12);
  EXPECT_THAT(firings("30 2 * * *", kBerlin, before, after), ElementsAre(jump, utc(2026, 3, 30, 0, 30)));
  EXPECT_THAT(firings("0,30 2 * * *", kBerlin, before, jump + 1h), ElementsAre(jump)) << "once, not once for each";
  EXPECT_THAT(firings("0 2,3 * * *", kBerlin, before, jump + 1h), ElementsAre(jump)) << "3:00 is the same moment";
  EXPECT_THAT(firings("59 1 * * *", kBerlin, before, jump + 1h), ElementsAre(utc(2026, 3, 29, 0, 59)));
}

TEST(CronFirings, WithAWildcardWhatTheClockLeavesOutDoesNotCome) {
  const Instant before = utc(2026, 3, 29, 0), jump = utc(2026, 3, 29, 1);
  EXPECT_THAT(firings("*/30 * * * *", kBerlin, before, jump + 30min), ElementsAre(utc(2026, 3, 29, 0, 30), jump));
  EXPECT_THAT(firings("*/30 2 * * *", kBerlin, before, utc(2026, 3, 30, 0, 30)), ElementsAre(utc(2026, 3, 30)));
}

TEST(CronFirings, WhatTheClockRepeatsComesTheFirstTimeOnly) {
  EXPECT_THAT(firings("30 2 * * *", kBerlin, utc(2026, 10, 24, 12), utc(2026, 10, 26, 12)),
              ElementsAre(utc(2026, 10, 25, 0, 30), utc(2026, 10, 26, 1, 30)));
  EXPECT_THAT(firings("30 2 * * *", kBerlin, utc(2026, 10, 25, 1, 10), utc(2026, 10, 26, 12)), ElementsAre(utc(2026, 10, 26, 1, 30)))
      << "asked for during the repetition";
}

TEST(CronFirings, WithAWildcardWhatTheClockRepeatsComesAgain) {
  EXPECT_THAT(firings("*/30 2 * * *", kBerlin, utc(2026, 10, 24, 12), utc(2026, 10, 25, 12)),
              ElementsAre(utc(2026, 10, 25, 0), utc(2026, 10, 25, 0, 30), utc(2026, 10, 25, 1), utc(2026, 10, 25, 1, 30)));
}

TEST(CronFirings, AreThoseOfTheRuleOnEveryClock) {
  const Instant from = utc(2026, 5, 1, 12), to = utc(2026, 5, 4);
  std::vector<std::vector<ZoneSpan>> clocks;
  for (const seconds jump : {1h + 0s, -1h + 0s, 30min + 0s, -30min + 0s, 24h + 0s, -24h + 0s, 0s}) {
    for (const minutes at : {0min, 15min, 119min, 25h + 0min}) {
      clocks.push_back({{from - kLongestJump - 12h, 2h}, {from + at, 2h + jump}, {from + at + 20h, 2h}});
    }
  }
  for (const char* cron : {"30 2 * * *", "0 14 * * *", "0,15,30,45 14,15 * * *", "*/7 * * * *", "0 */3 * * *", "* 14 2 5 *", "0 0 * * *",
                           "0 0 2 5 *", "59 23 * * sat"}) {
    for (std::size_t i = 0; i < clocks.size(); ++i) {
      EXPECT_EQ(firings(cron, clocks[i], from, to), firings_by_the_minute(cron, clocks[i], from, to)) << cron << " on clock " << i;
    }
  }
}
