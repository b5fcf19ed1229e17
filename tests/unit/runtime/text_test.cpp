#include "util/text.hpp"

#include <gtest/gtest.h>

using poolguard::detail::storable_text;
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
