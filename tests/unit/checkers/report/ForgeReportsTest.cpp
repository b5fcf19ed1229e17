// GitHub's workflow commands and GitLab's Code Quality report.
#include <gtest/gtest.h>

#include "llvm/Support/JSON.h"

#include "Fixtures.h"

using namespace poolguard;
using namespace poolguard::test;

namespace {

TEST(GithubReport, OneCommandAFinding) {
  EXPECT_EQ(
      project().report(Format::Github, routing()),
      "::warning file=src/queue.cpp,line=2,col=6,title=poolguard-lock-path-routing::this claim reaches the server on "
      "the transaction lane; call 'execute_direct'%0Asrc/db.cpp:1: 'claim' calls 'execute' here\n");
  EXPECT_EQ(project().report(Format::Github, {}), "");
}

TEST(GithubReport, NoTextCanEndTheCommandOrStartAnother) {
  Finding F = routing();
  F.Path.clear();
  F.At.File = "/work/app/a,b:c%d.cpp";
  F.Message = "100% of it\r\n::error::x, y";
  EXPECT_EQ(
      project().report(Format::Github, F),
      "::warning file=a%2Cb%3Ac%25d.cpp,line=2,col=6,title=poolguard-lock-path-routing::100%25 of it%0D%0A::error::x, "
      "y\n");
}

TEST(GithubReport, AFindingAboutNoFile) {
  Finding F;
  F.Check = "poolguard-x";
  F.Message = "m";
  EXPECT_EQ(project().report(Format::Github, F), "::warning title=poolguard-x::m\n");
}

llvm::json::Array gitlab(const Project &P, llvm::ArrayRef<Finding> Findings) {
  auto Value = llvm::json::parse(P.report(Format::Gitlab, Findings));
  if (!Value) {
    ADD_FAILURE() << llvm::toString(Value.takeError());
    return {};
  }
  return std::move(*Value->getAsArray());
}

std::string fingerprint(const Project &P, const Finding &F) {
  return gitlab(P, F)[0].getAsObject()->getString("fingerprint")->str();
}

TEST(GitlabReport, HasWhatGitlabAsksFor) {
  llvm::json::Array Report = gitlab(project(), routing());
  ASSERT_EQ(Report.size(), 1u);
  const llvm::json::Object &One = *Report[0].getAsObject();
  EXPECT_EQ(One.getString("check_name"), "poolguard-lock-path-routing");
  EXPECT_EQ(One.getString("severity"), "major");
  EXPECT_TRUE(One.getString("description")->contains("; src/db.cpp:1: 'claim' calls"));
  EXPECT_EQ(One.getString("fingerprint")->size(), 32u);
  const llvm::json::Object &Where = *One.getObject("location");
  EXPECT_EQ(Where.getString("path"), "src/queue.cpp");
  EXPECT_EQ(Where.getObject("lines")->getInteger("begin"), 2);
  EXPECT_TRUE(gitlab(project(), {}).empty());
}

TEST(GitlabReport, TheFingerprintStaysWhenLinesMoveAndChangesWithTheLine) {
  std::string Before = fingerprint(project(), routing());
  Project Moved;
  Moved.add("/work/app/src/queue.cpp", "// new\n\nvoid claim() {\n  db->execute( sql );\n}\n");
  Finding F = routing();
  F.At.Line = 4;
  EXPECT_EQ(fingerprint(Moved, F), Before);
  Project Changed;
  Changed.add("/work/app/src/queue.cpp", "\n\tdb->execute(other);\n");
  EXPECT_NE(fingerprint(Changed, routing()), Before);
  F.Function = "app::other";
  EXPECT_NE(fingerprint(Moved, F), Before);
}

TEST(GitlabReport, AlikeFindingsHaveDifferentFingerprints) {
  llvm::json::Array Report = gitlab(project(), {routing(), routing()});
  EXPECT_NE(Report[0].getAsObject()->getString("fingerprint"), Report[1].getAsObject()->getString("fingerprint"));
}

} // namespace
