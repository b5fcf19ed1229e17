// Graphs made by hand, so large that several threads make them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "link/ProgramGraph.h"

using namespace poolguard;
using testing::ElementsAreArray;
using testing::SizeIs;

namespace {

constexpr unsigned Callers = 5000, Stores = 1500;

Function &function(TuSummary &Tu, const std::string &Name) {
  Function F;
  F.Usr = F.Name = Name;
  F.At = {Tu.MainFile, static_cast<unsigned>(Tu.Functions.size() + 1), 1, 0, false};
  Tu.Functions.push_back(F);
  Declaration &D = Tu.Declarations[Name];
  D.Name = Name;
  D.Defined = true;
  return Tu.Functions.back();
}

Site &call(Function &In, const std::string &Callee, std::vector<Value> Arguments) {
  Site S;
  S.At = {In.At.File, 100, static_cast<unsigned>(In.Sites.size() + 1), 0, false};
  S.Callee = Callee;
  S.Arguments = std::move(Arguments);
  In.Sites.push_back(S);
  return In.Sites.back();
}

std::string number(const char *Prefix, unsigned N) { return Prefix + std::to_string(N); }

/// `run` executes the text that it is given; each of many callers gives it another, by way of `hand_on`, and is a
/// callable that `retried` runs for the next of them. Each store executes what its constructor was given.
TuSummary program() {
  TuSummary Tu;
  Tu.MainFile = "/a.cpp";
  FunctionRoles Executes, Retried;
  Executes.Executes.emplace();
  Executes.Executes->On = Lane::Transaction;
  Executes.Executes->Sql = 0;
  Tu.Declarations["execute"].Name = "execute";
  Tu.Declarations["execute"].Roles = std::move(Executes);
  Retried.Runs.push_back({});
  Tu.Declarations["retried"].Name = "retried";
  Tu.Declarations["retried"].Roles = std::move(Retried);
  for (unsigned I = 0; I < Callers; ++I) {
    Function &F = function(Tu, number("caller", I));
    call(F, "hand_on", {Value::text(number("SELECT ", I))});
    if (I != 0)
      call(F, "retried", {Value::named(Value::Kind::Function, number("caller", I - 1))});
  }
  for (unsigned I = 0; I < Stores; ++I) {
    call(function(Tu, number("store", I)), "execute", {Value::named(Value::Kind::Field, number("text", I))});
    function(Tu, number("Store", I));
    Tu.FieldBindings.emplace_back(number("text", I), Value::parameter(number("Store", I), 0));
    call(function(Tu, number("make", I)), number("Store", I), {Value::text(number("DELETE FROM t", I))});
  }
  call(function(Tu, "hand_on"), "run", {Value::parameter("hand_on", 0)});
  call(function(Tu, "run"), "execute", {Value::parameter("run", 0)});
  return Tu;
}

/// All that the graph knows of its statements and edges, in its order.
std::vector<std::string> known(const ProgramGraph &G) {
  std::vector<std::string> Out;
  for (const StatementUse &Use : G.statements()) {
    std::string Text = Use.Text.Name;
    for (const Chain *C = Use.Path; C; C = C->Next)
      Text += " " + G.function(C->At.Function).Name + ":" + std::to_string(C->At.Site);
    Out.push_back(std::move(Text));
  }
  for (unsigned F = 0; F < G.functions().size(); ++F)
    for (CallerEdge E : G.callers(F))
      Out.push_back(G.function(E.Caller).Name + (G.edge(E).Runs ? " has run " : " calls ") + G.function(F).Name);
  return Out;
}

} // namespace

TEST(ProgramGraph, IsTheSameWhoeverMakesIt) {
  const ProgramGraph One({program()}, 1), Four({program()}, 4);
  EXPECT_THAT(known(Four), ElementsAreArray(known(One)));
}

TEST(ProgramGraph, KnowsWhatFunctionsFarApartGiveEachOther) {
  const ProgramGraph G({program()}, 4);
  unsigned Selects = 0, Deletes = 0;
  for (const StatementUse &Use : G.statements()) {
    ASSERT_TRUE(Use.Facts);
    ASSERT_THAT(Use.Facts->Statements, SizeIs(1));
    const sql::StatementKind Kind = Use.Facts->Statements[0].Kind;
    Selects += Kind == sql::StatementKind::Select;
    Deletes += Kind == sql::StatementKind::Delete;
  }
  EXPECT_EQ(Selects, Callers);
  EXPECT_EQ(Deletes, Stores);
  const unsigned HandOn = G.definitions("hand_on").front();
  EXPECT_THAT(G.callers(HandOn), SizeIs(Callers));
  unsigned Run = 0;
  for (unsigned F = 0; F < G.functions().size(); ++F)
    for (const Edge &E : G.edges(F))
      Run += E.Runs != nullptr;
  EXPECT_EQ(Run, Callers - 1);
}
