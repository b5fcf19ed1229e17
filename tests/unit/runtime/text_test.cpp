#include "util/text.hpp"

#include <gtest/gtest.h>

using poolguard::detail::printable_text;
using poolguard::detail::span_text;
using poolguard::detail::storable_text;
using poolguard::detail::utc_text;
using namespace std::chrono_literals;
using namespace std::string_view_literals;

TEST(StorableText, KeepsUtf8) { EXPECT_EQ(storable_text("grüße €𝄞"), "grüße €𝄞"); }

TEST(StorableText, ReplacesWhatPostgresRefuses) {
  EXPECT_EQ(storable_text("a\0b"sv), "a?b");
  EXPECT_EQ(storable_text("a\xFFz"), "a?z");
  EXPECT_EQ(storable_text("\xC3"), "?") << "cut in the middle";
  EXPECT_EQ(storable_text("\xC0\x80"), "??") << "overlong";
  EXPECT_EQ(storable_text("\xED\xA0\x80"), "???") << "a surrogate";
  EXPECT_EQ(storable_text("\xF4\x90\x80\x80"), "????") << "above U+10FFFF";
}

TEST(StorableText, CutsAtACharacter) { EXPECT_EQ(storable_text("aé", 2), "a…"); }

TEST(SpanText, SaysTheTwoLargestUnits) {
  EXPECT_EQ(span_text(59'999ms), "59s");
  EXPECT_EQ(span_text(185s), "3m05s");
  EXPECT_EQ(span_text(2h + 10min + 59s), "2h10m");
  EXPECT_EQ(span_text(99h), "4d03h");
}

TEST(UtcText, SaysItAsRfc3339) {
  EXPECT_EQ(utc_text(std::chrono::sys_seconds{}), "1970-01-01T00:00:00Z");
  EXPECT_EQ(utc_text(std::chrono::sys_days{std::chrono::year{2028} / 2 / 29} + 23h + 5min + 9s), "2028-02-29T23:05:09Z");
}

TEST(PrintableText, KeepsWhatIsOnlyAMark) { EXPECT_EQ(printable_text("grüße €𝄞 ~!…–"), "grüße €𝄞 ~!…–"); }

TEST(PrintableText, LetsNothingSteerTheTerminal) {
  EXPECT_EQ(printable_text("\x1B]0;title\x07"), "?]0;title?");
  EXPECT_EQ(printable_text("a\nb\tc\0d\x7F"sv), "a?b?c?d?");
  EXPECT_EQ(printable_text("\u0080\u009B31m\u00A0"), "??31m\u00A0") << "C1: CSI in one character";
  EXPECT_EQ(printable_text("\x9B" "31m"), "?31m") << "and in one byte";
  for (const char* mark : {"\u061C", "\u200B", "\u200E", "\u2028", "\u202E", "\u2060", "\u2067", "\u206F", "\uFEFF"}) {
    EXPECT_EQ(printable_text(mark), "?");
  }
}
