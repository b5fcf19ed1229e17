#include "report/Finding.h"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

using namespace poolguard;

namespace {

Finding finding(const char *File, unsigned Line, unsigned Column, const char *Check, const char *Message = "m") {
  Finding F;
  F.At = {File, Line, Column, 0, false};
  F.Check = Check;
  F.Message = Message;
  return F;
}

TEST(Finding, OrderIsFileLineColumnCheckMessage) {
  std::vector<Finding> Sorted = {
      finding("a", 1, 1, "z"),      finding("a", 2, 1, "a"),      finding("a", 2, 3, "a"),
      finding("a", 2, 3, "b", "m"), finding("a", 2, 3, "b", "n"), finding("b", 1, 1, "a"),
  };
  for (size_t I = 0; I + 1 < Sorted.size(); ++I) {
    EXPECT_TRUE(Sorted[I] < Sorted[I + 1]) << I;
    EXPECT_FALSE(Sorted[I + 1] < Sorted[I]) << I;
  }
  EXPECT_FALSE(Sorted[0] < Sorted[0]);
}

TEST(Finding, NormalizeKeepsOneOfEqualFindings) {
  std::vector<Finding> Findings = {finding("h.hpp", 3, 1, "c"), finding("a.cpp", 1, 1, "c"),
                                   finding("h.hpp", 3, 1, "c"), finding("h.hpp", 3, 1, "c", "other"),
                                   finding("h.hpp", 3, 1, "d")};
  normalize(Findings);
  ASSERT_EQ(Findings.size(), 4u);
  EXPECT_EQ(Findings[0].At.File, "a.cpp");
}

TEST(Finding, NormalizeDoesNotDependOnTheOrderOfItsInput) {
  std::vector<Finding> All;
  for (unsigned I = 0; I != 6; ++I) {
    Finding F = finding("h.hpp", 1, 1, "c");
    F.Path.resize(3 + I % 2, Note{{"p", I, 1, 0, false}, "n"});
    F.Function = std::to_string(I);
    All.push_back(F);
  }
  std::mt19937 Random(7);
  for (int Round = 0; Round != 20; ++Round) {
    std::vector<Finding> Shuffled = All;
    std::shuffle(Shuffled.begin(), Shuffled.end(), Random);
    normalize(Shuffled);
    ASSERT_EQ(Shuffled.size(), 1u);
    // The shortest path; among those the least.
    EXPECT_EQ(Shuffled[0].Path.size(), 3u);
    EXPECT_EQ(Shuffled[0].Path[0].At.Line, 0u);
  }
}

TEST(Finding, NormalizeOfNothing) {
  std::vector<Finding> None;
  normalize(None);
  EXPECT_TRUE(None.empty());
}

} // namespace
