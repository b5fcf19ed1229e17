// Graphs made by hand: who reaches the server on which lane.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "link/LaneMap.h"
#include "link/ProgramGraph.h"

#include "Builder.h"

using namespace poolguard;
using testing::ElementsAre;

namespace {

LaneMap mapOf(const Builder &B) { return laneMap(ProgramGraph({B.Tu})); }

const char *const Claim = "UPDATE jobs SET status = 'running', lock_epoch = lock_epoch + 1, lock_until = now()";

std::string lanes(LaneWays W) {
  std::string Out;
  for (auto [L, C] : {std::pair{Lane::Session, 's'}, {Lane::Transaction, 't'}, {Lane::Tx, 'x'}, {Lane::Unknown, '?'}})
    if (W.has(L))
      Out += std::string(1, C) + (W.locks(L) ? "!" : "");
  return Out;
}

std::vector<std::string> functions(const LaneMap &M) {
  std::vector<std::string> Out;
  for (const LaneMap::Function &F : M.Functions)
    Out.push_back(F.Name + " " + lanes(F.Ways));
  return Out;
}

std::vector<std::string> calls(const LaneMap &M) {
  std::vector<std::string> Out;
  for (const LaneMap::Call &C : M.Calls)
    Out.push_back(M.Functions[C.From].Name + ">" + M.Functions[C.To].Name + " " + lanes(C.Ways));
  return Out;
}

std::vector<std::string> ends(const LaneMap &M) {
  std::vector<std::string> Out;
  for (const LaneMap::Statements &E : M.Ends)
    Out.push_back(M.Functions[E.From].Name + " " + lanes({laneBit(E.On), E.LockPath ? laneBit(E.On) : 0}) + " " +
                  std::to_string(E.Places) + " " + testing::PrintToString(E.Through));
  return Out;
}

TEST(LaneMap, CallersOfAStatementAreOnItAndTheRestIsNot) {
  Builder B;
  B.call(B.function("main"), "f");
  Function &F = B.function("f");
  B.call(F, "execute", {Value::text("SELECT 1")});
  B.call(F, "execute", {Value::text("SELECT 2")});
  B.call(B.function("other"), "nothing");
  LaneMap M = mapOf(B);
  EXPECT_THAT(functions(M), ElementsAre("f t", "main t"));
  EXPECT_THAT(calls(M), ElementsAre("main>f t"));
  EXPECT_THAT(ends(M), ElementsAre("f t 2 { \"execute\" }"));
}

TEST(LaneMap, EachCallerHasTheLaneOfTheConnectionItGives) {
  Builder B;
  B.call(B.function("fast"), "run", {Value::connection(Lane::Session)});
  B.call(B.function("slow"), "run", {Value::connection(Lane::Transaction)});
  B.call(B.function("above"), "fast");
  B.call(B.function("run"), "on_connection", {Value::parameter("run", 0), Value::text("SELECT 1")});
  LaneMap M = mapOf(B);
  EXPECT_THAT(functions(M), ElementsAre("above s", "fast s", "run st", "slow t"));
  EXPECT_THAT(calls(M), ElementsAre("above>fast s", "fast>run s", "slow>run t"));
}

TEST(LaneMap, TheLockPathBeginsWhereTheTextIsKnown) {
  Builder B;
  B.call(B.function("main"), "claim");
  B.call(B.function("claim"), "run", {Value::text(Claim)});
  B.call(B.function("report"), "run", {Value::text("SELECT 1")});
  B.call(B.function("run"), "execute", {Value::parameter("run", 0)});
  LaneMap M = mapOf(B);
  EXPECT_THAT(functions(M), ElementsAre("claim t!", "main t", "report t", "run t!"));
  EXPECT_THAT(calls(M), ElementsAre("claim>run t!", "main>claim t", "report>run t"));
}

TEST(LaneMap, WhatALockPathFunctionRunsIsOnTheLockPath) {
  Builder B;
  B.call(B.function("main"), "renew");
  B.call(B.function("renew"), "run");
  FunctionRoles LockPath;
  LockPath.LockPath = true;
  B.Tu.Declarations["renew"].Roles = LockPath;
  B.call(B.function("run"), "execute_direct");
  LaneMap M = mapOf(B);
  EXPECT_THAT(functions(M), ElementsAre("main s", "renew s!", "run s!"));
  EXPECT_THAT(calls(M), ElementsAre("main>renew s", "renew>run s!"));
}

TEST(LaneMap, ALambdaIsItsFunctionAndACallableIsCalledByWhoeverGivesIt) {
  Builder B;
  // f() { with(lambda); g(); }   with(c) { c(); }   lambda { execute(...); }   g() { with(h) }   h() { execute_direct()
  // }
  Function &F = B.function("f");
  B.call(F, "lambda").Creates = true;
  B.call(F, "with", {Value::named(Value::Kind::Function, "lambda")});
  Function &With = B.function("with");
  B.call(With, "").Through = Value::parameter("with", 0);
  Function &L = B.function("lambda");
  L.Parent = "f";
  B.call(L, "execute", {Value::text("SELECT 1")});
  B.call(B.function("g"), "with", {Value::named(Value::Kind::Function, "h")});
  B.call(B.function("h"), "execute_direct", {Value::text("SELECT 1")});
  LaneMap M = mapOf(B);
  EXPECT_THAT(functions(M), ElementsAre("f t", "g s", "h s"));
  EXPECT_THAT(calls(M), ElementsAre("g>h s"));
  EXPECT_THAT(ends(M), ElementsAre("f t 1 { \"execute\" }", "h s 1 { \"execute_direct\" }"));
}

TEST(LaneMap, CirclesEnd) {
  Builder B;
  B.call(B.function("a"), "b");
  Function &Second = B.function("b");
  B.call(Second, "a");
  B.call(Second, "on_connection", {Value(), Value::text("SELECT 1")});
  LaneMap M = mapOf(B);
  EXPECT_THAT(functions(M), ElementsAre("a ?", "b ?"));
  EXPECT_THAT(calls(M), ElementsAre("a>b ?", "b>a ?"));
}

TEST(LaneMap, TheOrderOfSummariesDoesNotMatter) {
  Builder One, Two;
  One.call(One.function("main"), "f");
  Two.Tu.MainFile = "/b.cpp";
  Two.call(Two.function("f"), "execute", {Value::text(Claim)});
  LaneMap A = laneMap(ProgramGraph({One.Tu, Two.Tu})), B = laneMap(ProgramGraph({Two.Tu, One.Tu}));
  EXPECT_EQ(functions(A), functions(B));
  EXPECT_EQ(calls(A), calls(B));
  EXPECT_EQ(ends(A), ends(B));
}

} // namespace
