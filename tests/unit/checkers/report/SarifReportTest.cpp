#include <filesystem>

#include <gtest/gtest.h>

#include "llvm/Support/JSON.h"

#include "Fixtures.h"
#include "report/ToolRules.h"
#include "rules/CheckNames.h"

using namespace poolguard;
using namespace poolguard::test;
namespace json = llvm::json;

namespace {

json::Value sarif(const Project &P, llvm::ArrayRef<Finding> Findings) {
  auto Value = json::parse(P.report(Format::Sarif, Findings));
  if (!Value) {
    ADD_FAILURE() << llvm::toString(Value.takeError());
    return nullptr;
  }
  return std::move(*Value);
}

const json::Object &run(const json::Value &Log) { return *Log.getAsObject()->getArray("runs")->front().getAsObject(); }
const json::Object &result(const json::Value &Log, size_t Index = 0) {
  return *(*run(Log).getArray("results"))[Index].getAsObject();
}
const json::Object &driver(const json::Value &Log) { return *run(Log).getObject("tool")->getObject("driver"); }

TEST(SarifReport, HeaderAndTool) {
  json::Value Log = sarif(project(), {});
  EXPECT_EQ(Log.getAsObject()->getString("version"), "2.1.0");
  EXPECT_TRUE(Log.getAsObject()->getString("$schema")->contains("sarif-2.1.0"));
  EXPECT_EQ(driver(Log).getString("name"), "poolguard");
  EXPECT_EQ(driver(Log).getString("version"), "1.2.3");
  EXPECT_TRUE(driver(Log).getArray("rules")->empty());
  EXPECT_TRUE(run(Log).getArray("results")->empty());
}

TEST(SarifReport, ResultNamesItsRuleAndPlace) {
  json::Value Log = sarif(project(), routing());
  const json::Object &One = result(Log);
  EXPECT_EQ(One.getString("ruleId"), "poolguard-lock-path-routing");
  EXPECT_EQ(One.getInteger("ruleIndex"), 0);
  EXPECT_EQ(One.getString("level"), "warning");
  EXPECT_EQ(One.getObject("message")->getString("text"), routing().Message);
  const json::Object &Where = *One.getArray("locations")->front().getAsObject();
  const json::Object &Physical = *Where.getObject("physicalLocation");
  EXPECT_EQ(Physical.getObject("artifactLocation")->getString("uri"), "src/queue.cpp");
  EXPECT_EQ(Physical.getObject("artifactLocation")->getString("uriBaseId"), "%SRCROOT%");
  EXPECT_EQ(Physical.getObject("region")->getInteger("startLine"), 2);
  EXPECT_EQ(Physical.getObject("region")->getInteger("startColumn"), 6);
  EXPECT_EQ(Where.getArray("logicalLocations")->front().getAsObject()->getString("fullyQualifiedName"),
            "app::Queue::claim");
  EXPECT_TRUE(One.getObject("partialFingerprints")->getString("poolguard/v1"));
}

TEST(SarifReport, EveryRuleThatCanAppearHasHelp) {
  std::vector<std::string> Ids;
  for (const CheckInfo &Check : checkInfos())
    Ids.push_back("poolguard-" + Check.Name.str());
  for (const ToolRule &Own : toolRules())
    Ids.push_back(Own.Id.str());
  std::vector<Finding> Findings;
  for (const std::string &Id : Ids) {
    Findings.push_back(routing());
    Findings.back().Check = Id;
  }
  Project P = project();
  P.Context.DocsBase = "https://example.org/docs/";
  json::Value Log = sarif(P, Findings);
  const json::Array &Rules = *driver(Log).getArray("rules");
  ASSERT_EQ(Rules.size(), Ids.size());
  for (size_t I = 0; I < Ids.size(); ++I) {
    SCOPED_TRACE(Ids[I]);
    const json::Object &Rule = *Rules[I].getAsObject();
    EXPECT_EQ(Rule.getString("id"), Ids[I]);
    EXPECT_FALSE(Rule.getObject("shortDescription")->getString("text")->empty());
    EXPECT_GT(Rule.getObject("help")->getString("text")->size(), 50u);
    // A page that docs/ has.
    llvm::StringRef Page = *Rule.getString("helpUri");
    ASSERT_TRUE(Page.consume_front("https://example.org/docs/"));
    EXPECT_TRUE(std::filesystem::exists(POOLGUARD_DOCS "/" + Page.str())) << Page.str();
  }
}

TEST(SarifReport, NoLinksWithoutDocs) {
  json::Value Log = sarif(project(), routing());
  const json::Object &Rule = *driver(Log).getArray("rules")->front().getAsObject();
  EXPECT_TRUE(Rule.getObject("help")->getString("text")->contains("poolguard explain lock-path-routing"));
  EXPECT_FALSE(Rule.getString("helpUri"));
}

TEST(SarifReport, EveryRuleIsListedOnce) {
  Finding Other = routing();
  Other.Check = "poolguard-config";
  json::Value Log = sarif(project(), {routing(), Other, routing()});
  EXPECT_EQ(driver(Log).getArray("rules")->size(), 2u);
  EXPECT_EQ(result(Log, 0).getInteger("ruleIndex"), 0);
  EXPECT_EQ(result(Log, 1).getInteger("ruleIndex"), 1);
  EXPECT_EQ(result(Log, 2).getInteger("ruleIndex"), 0);
}

TEST(SarifReport, TheCallPathIsACodeFlow) {
  json::Value Log = sarif(project(), routing());
  const json::Array &Steps = *result(Log)
                                  .getArray("codeFlows")
                                  ->front()
                                  .getAsObject()
                                  ->getArray("threadFlows")
                                  ->front()
                                  .getAsObject()
                                  ->getArray("locations");
  ASSERT_EQ(Steps.size(), 2u);
  const json::Object &Second = *Steps[1].getAsObject()->getObject("location");
  EXPECT_EQ(Second.getObject("message")->getString("text"), "'claim' calls 'execute' here");
  EXPECT_EQ(Second.getObject("physicalLocation")->getObject("artifactLocation")->getString("uri"), "src/db.cpp");
  EXPECT_EQ(result(Log).getArray("relatedLocations")->size(), 1u);
}

TEST(SarifReport, FixesAreInLinesAndColumns) {
  json::Value Log = sarif(project(), routing());
  const json::Object &Change =
      *result(Log).getArray("fixes")->front().getAsObject()->getArray("artifactChanges")->front().getAsObject();
  EXPECT_EQ(Change.getObject("artifactLocation")->getString("uri"), "src/queue.cpp");
  const json::Object &Replacement = *Change.getArray("replacements")->front().getAsObject();
  EXPECT_EQ(Replacement.getObject("insertedContent")->getString("text"), "execute_direct");
  const json::Object &Region = *Replacement.getObject("deletedRegion");
  EXPECT_EQ(Region.getInteger("startLine"), 2);
  EXPECT_EQ(Region.getInteger("startColumn"), 6);
  EXPECT_EQ(Region.getInteger("endLine"), 2);
  EXPECT_EQ(Region.getInteger("endColumn"), 13);
}

TEST(SarifReport, ColumnsCountCharacters) {
  Project P;
  P.add("/work/app/a.cpp", "f(\"\xC3\xA9\", x);\n");
  Finding F = routing();
  F.Path.clear();
  F.Fixes.clear();
  F.At = at("/work/app/a.cpp", 1, 9);
  json::Value Log = sarif(P, F);
  EXPECT_EQ(run(Log).getString("columnKind"), "unicodeCodePoints");
  EXPECT_EQ(result(Log)
                .getArray("locations")
                ->front()
                .getAsObject()
                ->getObject("physicalLocation")
                ->getObject("region")
                ->getInteger("startColumn"),
            8);
}

TEST(SarifReport, UrisAreEncoded) {
  Finding F = routing();
  F.Path.clear();
  F.Fixes.clear();
  F.At.File = "/work/app/a b#c%.cpp";
  json::Value Log = sarif(project(), F);
  auto Artifact = [](const json::Value &L) {
    return result(L)
        .getArray("locations")
        ->front()
        .getAsObject()
        ->getObject("physicalLocation")
        ->getObject("artifactLocation");
  };
  EXPECT_EQ(Artifact(Log)->getString("uri"), "a%20b%23c%25.cpp");
  F.At.File = "/usr/include/pqxx/x.hxx";
  Log = sarif(project(), F);
  EXPECT_EQ(Artifact(Log)->getString("uri"), "file:///usr/include/pqxx/x.hxx");
  EXPECT_FALSE(Artifact(Log)->getString("uriBaseId"));
}

} // namespace
