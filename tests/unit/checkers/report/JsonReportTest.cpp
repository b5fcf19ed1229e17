#include <gtest/gtest.h>

#include "llvm/Support/JSON.h"

#include "Fixtures.h"

using namespace poolguard;
using namespace poolguard::test;

namespace {

llvm::json::Value parsed(llvm::StringRef Text) {
  auto Value = llvm::json::parse(Text);
  if (!Value) {
    ADD_FAILURE() << llvm::toString(Value.takeError()) << " in " << Text.str();
    return nullptr;
  }
  return std::move(*Value);
}

TEST(JsonReport, IsTheListOfTheDesign) {
  llvm::json::Value Expected = llvm::json::Array{llvm::json::Object{
      {"check", "poolguard-lock-path-routing"},
      {"file", "src/queue.cpp"},
      {"line", 2},
      {"column", 6},
      {"message", routing().Message},
      {"path", llvm::json::Array{llvm::json::Object{
                   {"file", "src/db.cpp"}, {"line", 1}, {"column", 1}, {"message", "'claim' calls 'execute' here"}}}},
      {"fixes", llvm::json::Array{llvm::json::Object{{"file", "src/queue.cpp"},
                                                     {"line", 2},
                                                     {"column", 6},
                                                     {"offset", 20},
                                                     {"length", 7},
                                                     {"replacement", "execute_direct"}}}}}};
  EXPECT_EQ(parsed(project().report(Format::Json, routing())), Expected);
}

TEST(JsonReport, NothingFoundIsAnEmptyList) { EXPECT_EQ(project().report(Format::Json, {}), "[]\n"); }

TEST(JsonReport, PathAndFixesAreThereWhenEmpty) {
  Finding F = routing();
  F.Path.clear();
  F.Fixes.clear();
  llvm::json::Value Report = parsed(project().report(Format::Json, F));
  const llvm::json::Object &One = *Report.getAsArray()->front().getAsObject();
  EXPECT_TRUE(One.getArray("path")->empty());
  EXPECT_TRUE(One.getArray("fixes")->empty());
}

TEST(JsonReport, EveryTextIsEscaped) {
  Finding F = routing();
  F.Message = "quote \" backslash \\ line\nend \x01 bad \xff byte";
  F.At.File = "/work/app/a \"b\"\\c.cpp";
  llvm::json::Value Report = parsed(project().report(Format::Json, F));
  const llvm::json::Object &One = *Report.getAsArray()->front().getAsObject();
  EXPECT_EQ(One.getString("message"), "quote \" backslash \\ line\nend \x01 bad \xEF\xBF\xBD byte");
  EXPECT_EQ(One.getString("file"), "a \"b\"\\c.cpp");
}

TEST(JsonReport, SameFindingsSameBytes) {
  EXPECT_EQ(project().report(Format::Json, routing()), project().report(Format::Json, routing()));
}

} // namespace
