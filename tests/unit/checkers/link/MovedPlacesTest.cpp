// What an edit moved, and that nothing else passes for a move.
#include "link/MovedPlaces.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace poolguard;

namespace {

const char *const Main = "/p/a.cpp";

Location at(unsigned Offset, unsigned Line, const char *File = Main) {
  Location L;
  L.File = File;
  L.Line = Line;
  L.Column = 3;
  L.Offset = Offset;
  return L;
}

/// A function with a call in a loop, a local and a lambda; all behind its first line stand `By` bytes and lines
/// further.
TuSummary summary(unsigned By) {
  Site S;
  S.At = at(110 + By, 11 + By);
  S.Callee = "c:@S@pqxx::work@F@exec#&1$@N@std@S@basic_string#";
  S.LoopFrom = 100;
  S.LoopTo = 150 + By;
  S.Entity = "c:a.cpp@" + std::to_string(90 + By) + "@F@f#@tx@a.cpp:" + std::to_string(90 + By);
  S.Arguments = {Value::text("SELECT 1")};
  Site Second = S;
  Second.At = at(130 + By, 12 + By);
  Second.Callee = "c:a.cpp@aSa@F@f#1#I#@Sa@F@operator()#" + std::to_string(120 + By);
  Function F;
  F.Usr = "c:@F@f#";
  F.Name = "f";
  F.At = at(80, 8);
  F.Sites = {S, Second};
  TuSummary Out;
  Out.MainFile = Main;
  Out.Functions = {F};
  Out.Declarations[S.Callee].Name = "pqxx::work::exec";
  Out.Declarations[Second.Callee].Name = "lambda in f";
  return Out;
}

using Change = void (*)(TuSummary &);

TEST(MovedPlaces, aLineWasAdded) {
  std::optional<MovedPlaces> Moved = MovedPlaces::between(summary(0), summary(7));
  ASSERT_TRUE(Moved);
  EXPECT_EQ(Moved->now(at(110, 11)), at(117, 18));
  EXPECT_EQ(Moved->now(at(130, 12)), at(137, 19));
  EXPECT_EQ(Moved->now(at(80, 8)), at(80, 8));
  EXPECT_EQ(Moved->now(at(5, 5, "/p/other.cpp")), at(5, 5, "/p/other.cpp")) << "other files stay as they are";
  EXPECT_EQ(Moved->now(at(115, 11)), std::nullopt) << "nothing of the summary stands there";
  EXPECT_TRUE(MovedPlaces::between(summary(7), summary(0))) << "and taken away";
}

TEST(MovedPlaces, anythingElseIsMore) {
  const std::pair<const char *, Change> Changes[] = {
      {"a text", [](TuSummary &S) { S.Functions[0].Sites[0].Arguments[0].Name = "SELECT 2"; }},
      {"a name", [](TuSummary &S) { S.Functions[0].Name = "g"; }},
      {"a USR", [](TuSummary &S) { S.Functions[0].Usr = "c:@F@g#"; }},
      {"a number in an identifier", [](TuSummary &S) { S.Functions[0].Sites[0].Callee = S.Functions[0].Sites[0].Callee + "@F@f2"; }},
      {"a flag", [](TuSummary &S) { S.Functions[0].Sites[1].Measured = true; }},
      {"a call less", [](TuSummary &S) { S.Functions[0].Sites.pop_back(); }},
      {"the order of two calls",
       [](TuSummary &S) { std::swap(S.Functions[0].Sites[0].At, S.Functions[0].Sites[1].At); }},
      {"a call that left its loop", [](TuSummary &S) { S.Functions[0].Sites[1].At.Offset = 170; }},
      {"two calls on one line",
       [](TuSummary &S) { S.Functions[0].Sites[1].At.Line = S.Functions[0].Sites[0].At.Line; }},
      {"a call that came out of a macro", [](TuSummary &S) { S.Functions[0].Sites[0].At.InMacro = true; }},
      {"another file", [](TuSummary &S) { S.Functions[0].Sites[0].At.File = "/p/b.h"; }},
      {"a local that is another one at one of two places",
       [](TuSummary &S) { S.Functions[0].Sites[1].Entity = "c:a.cpp@99@F@f#@tx@a.cpp:99"; }},
  };
  for (const auto &[What, Make] : Changes) {
    TuSummary Now = summary(7);
    Make(Now);
    EXPECT_FALSE(MovedPlaces::between(summary(0), Now)) << What;
  }
}

TEST(MovedPlaces, aHeaderStaysAsItIs) {
  TuSummary Before = summary(0), Now = summary(7);
  Before.Functions[0].Sites[0].At = at(40, 4, "/p/b.h");
  Now.Functions[0].Sites[0].At = at(40, 4, "/p/b.h");
  EXPECT_TRUE(MovedPlaces::between(Before, Now));
  Now.Functions[0].Sites[0].At = at(41, 4, "/p/b.h");
  EXPECT_FALSE(MovedPlaces::between(Before, Now));
}

TEST(MovedPlaces, twoLocalsStayTwo) {
  TuSummary Before = summary(0), Now = summary(7);
  Before.Functions[0].Sites[1].Entity = "c:a.cpp@95@F@f#@tx@a.cpp:95";
  Now.Functions[0].Sites[1].Entity = Now.Functions[0].Sites[0].Entity;
  EXPECT_FALSE(MovedPlaces::between(Before, Now));
}

} // namespace
