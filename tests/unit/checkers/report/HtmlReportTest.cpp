// The page: what it says, and that nothing from the analysed program becomes markup.
#include <gtest/gtest.h>

#include "llvm/Support/Base64.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/SHA256.h"

#include "Fixtures.h"
#include "link/LaneMap.h"
#include "report/LaneDrawing.h"

using namespace poolguard;
using namespace poolguard::test;

namespace {

constexpr const char *Evil = "</script><img src=x onerror=alert(1)>\"'&<!--";

std::string html(const Project &P, llvm::ArrayRef<Finding> Findings) { return P.report(Format::Html, Findings); }

std::string between(llvm::StringRef Text, llvm::StringRef Before, llvm::StringRef After) {
  EXPECT_TRUE(Text.contains(Before)) << Before.str();
  return Text.split(Before).second.split(After).first.str();
}

size_t occurrences(llvm::StringRef Text, llvm::StringRef Of) { return Text.count(Of); }

std::string digest(llvm::StringRef Text) {
  llvm::SHA256 Hash;
  Hash.update(Text);
  return llvm::encodeBase64(Hash.final());
}

TEST(HtmlReport, SaysWhatIsWrongWhereAndHowToFixIt) {
  std::string Page = html(project(), routing());
  EXPECT_NE(Page.find("<title>Poolguard: 1 finding in 1 file</title>"), std::string::npos);
  EXPECT_NE(Page.find("this claim reaches the server on the transaction lane; call &#39;execute_direct&#39;</h4>"),
            std::string::npos);
  EXPECT_NE(Page.find(">src/queue.cpp:2:6</a> · <code>poolguard-lock-path-routing</code> · in "
                      "<code>app::Queue::claim</code>"),
            std::string::npos);
  EXPECT_NE(Page.find("<summary>Call path: 1 step</summary>"), std::string::npos);
  EXPECT_NE(Page.find("<span class=\"place\">src/db.cpp:1:1</span>: &#39;claim&#39; calls &#39;execute&#39; here"),
            std::string::npos);
  EXPECT_NE(Page.find("replace <del><code>execute</code></del> with <ins><code>execute_direct</code></ins>"),
            std::string::npos);
  // The flagged line with its neighbours; the word that is meant is marked.
  EXPECT_NE(Page.find("<span class=\"number\">1</span>void claim() {</span>"), std::string::npos);
  EXPECT_NE(Page.find("flagged\"><span class=\"number\">2</span>        db-&gt;<mark>execute</mark>(sql);</span>"),
            std::string::npos);
}

TEST(HtmlReport, OfNothing) {
  std::string Page = html(project(), {});
  EXPECT_NE(Page.find("<title>Poolguard: no findings</title>"), std::string::npos);
  EXPECT_NE(Page.find("<p>Nothing was found.</p>"), std::string::npos);
  EXPECT_NE(Page.find("id=\"data\">[]</script>"), std::string::npos);
}

TEST(HtmlReport, NothingFromTheProgramIsMarkup) {
  Project P;
  const std::string File = std::string("/work/app/a") + Evil + ".cpp";
  P.add(File, std::string("int x; // ") + Evil + "\n");
  Finding F;
  F.Check = std::string("poolguard-") + Evil;
  F.Function = std::string("f<") + Evil;
  F.Message = Evil;
  F.At = at(File, 1, 1);
  F.Path = {{at(File, 1, 5), Evil}};
  F.Fixes = {{at(File, 1, 1, 0), 3, Evil}};
  LaneMap Map;
  LaneWays Ways{laneBit(Lane::Session), laneBit(Lane::Session)};
  Map.Functions = {{Evil, at(File, 1, 1), Ways}, {std::string(Evil) + "::g", at(File, 1, 1), Ways}};
  Map.Calls = {{0, 1, Ways}};
  Map.Ends = {{1, Lane::Session, true, 1, {Evil}}};
  P.Context.Map = &Map;
  P.Context.Checks = {{Evil, 0, Evil}};
  P.Context.ToolVersion = Evil;
  std::string Page = html(P, F), Clean = html(project(), {});
  EXPECT_EQ(Page.find("<img"), std::string::npos);
  EXPECT_EQ(Page.find("<!--"), std::string::npos);
  // The page's own two scripts, and no more; no attribute was ended.
  EXPECT_EQ(occurrences(Page, "<script"), 2u);
  EXPECT_EQ(occurrences(Page, "</script>"), 2u);
  EXPECT_EQ(occurrences(Page, "onerror"), occurrences(Page, "onerror=alert(1)&gt;&quot;&#39;&amp;") +
                                              occurrences(Page, "onerror=alert(1)\\u003e\\\"'\\u0026"));
  EXPECT_GT(occurrences(Page, "onerror"), 15u); // it is there, as text
  EXPECT_EQ(between(Clean, "Content-Security-Policy\" content=\"", "\""),
            between(Page, "Content-Security-Policy\" content=\"", "\""));

  // Each picture for itself, too.
  for (auto Write : {writeLaneSvg, writeLaneDot}) {
    std::string Picture;
    llvm::raw_string_ostream Stream(Picture);
    Write(Map, P.Context, 40, Stream);
    EXPECT_EQ(Write == writeLaneSvg ? occurrences(Picture, "<img") : occurrences(Picture, ">\"'"), 0u) << Picture;
    EXPECT_GT(occurrences(Picture, "onerror"), 0u);
  }
}

TEST(HtmlReport, TheDataOfTheScriptIsJson) {
  Finding F = routing();
  F.Message = std::string("Über ") + Evil + "\n\xff\xe2\x80\xae";
  auto Data = llvm::json::parse(between(html(project(), F), "id=\"data\">", "</script>"));
  ASSERT_TRUE(bool(Data)) << llvm::toString(Data.takeError());
  const llvm::json::Object &One = *(*Data->getAsArray())[0].getAsObject();
  EXPECT_EQ(One.getString("check"), "poolguard-lock-path-routing");
  EXPECT_EQ(One.getString("file"), "src/queue.cpp");
  EXPECT_TRUE(One.getString("text")->contains("<img src=x onerror=alert(1)>")) << One.getString("text")->str();
}

TEST(HtmlReport, WhatCannotBeSeenIsShown) {
  Finding F = routing();
  F.Message = "left\xe2\x80\xaeright\x1b[0m \xff"; // right-to-left override, escape, no UTF-8
  std::string Page = html(project(), F);
  EXPECT_NE(Page.find("left&lt;U+202E&gt;right&lt;U+001B&gt;[0m &lt;FF&gt;</h4>"), std::string::npos);
}

TEST(HtmlReport, ThePolicyNamesTheStyleAndTheScriptAndNothingElse) {
  std::string Page = html(project(), routing());
  std::string Policy = between(Page, "Content-Security-Policy\" content=\"", "\"");
  EXPECT_EQ(Policy, "default-src 'none'; script-src 'sha256-" + digest(between(Page, "<script>", "</script>")) +
                        "'; style-src 'sha256-" + digest(between(Page, "<style>", "</style>")) +
                        "'; base-uri 'none'; form-action 'none'");
  EXPECT_EQ(Page.find(" style="), std::string::npos);
  EXPECT_EQ(Page.find("http://"), Page.find("http://www.w3.org/2000/svg")) << "an address that isn't a namespace";
  EXPECT_EQ(Page.find("https://"), std::string::npos);
}

TEST(HtmlReport, ChecksSayWhatTheyLookedAt) {
  Project P = project();
  P.Context.Checks = {{"lock-path-routing", 7, ""}, {"unchecked-fence", 0, "no function is 'fenced'"}};
  std::string Page = html(P, routing());
  EXPECT_NE(Page.find("<code>lock-path-routing</code></th><td>"), std::string::npos);
  EXPECT_NE(Page.find("<td>7 places</td><td>1</td>"), std::string::npos);
  EXPECT_NE(Page.find("<strong class=\"vacuous\">vacuous</strong>: no function is &#39;fenced&#39;</td><td>0</td>"),
            std::string::npos);
}

TEST(HtmlReport, TheSameInputGivesTheSameBytes) {
  EXPECT_EQ(html(project(), {routing(), routing()}), html(project(), {routing(), routing()}));
  // Findings that are alike have names of their own.
  std::string Page = html(project(), {routing(), routing()});
  std::string First = between(Page, "<article id=\"", "\"");
  EXPECT_EQ(occurrences(Page, "<article id=\"" + First + "\""), 1u);
}

} // namespace
