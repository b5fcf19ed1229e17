#include "poolguard/result.hpp"

#include <gtest/gtest.h>

#include "poolguard/errors.hpp"

using namespace poolguard;

namespace {

const Result kResult({"id", "name"}, {{"7", std::nullopt}, {"x1", "ada"}}, 2);

}  // namespace

TEST(Result, GivesValuesByRowAndName) {
  EXPECT_EQ(kResult.number(0, "id"), 7);
  EXPECT_EQ(kResult.text(1, "name"), "ada");
  EXPECT_EQ(kResult.at(0, "name"), std::nullopt);
  EXPECT_EQ(kResult.affected_rows(), 2U);
}

TEST(Result, RefusesWhatIsNotThere) {
  EXPECT_THROW((void)kResult.at(2, "id"), ResultError);
  EXPECT_THROW((void)kResult.at(0, "nosuch"), ResultError);
  EXPECT_THROW((void)kResult.text(0, "name"), ResultError);
  EXPECT_THROW((void)kResult.number(1, "id"), ResultError);
  EXPECT_THROW((void)Result({"n"}, {{"99999999999999999999"}}, 1).number(0, "n"), ResultError);
}

TEST(Params, TakeWhatStatementsNeed) {
  const Params params{1, std::int64_t{-2}, true, "text", std::string("s"), nullptr, std::optional<std::string>()};
  const std::vector<std::optional<std::string>> expected{"1", "-2", "true", "text", "s", std::nullopt, std::nullopt};
  EXPECT_EQ(params.values(), expected);
}

TEST(ArrayLiteral, QuotesEveryText) {
  EXPECT_EQ(array_literal(std::vector<std::int64_t>{1, -2}), "{1,-2}");
  EXPECT_EQ(array_literal(std::vector<std::int64_t>{}), "{}");
  EXPECT_EQ(array_literal(std::vector<std::string>{"a", "b,c", R"(q"\)", "NULL", ""}), R"({"a","b,c","q\"\\","NULL",""})");
}
