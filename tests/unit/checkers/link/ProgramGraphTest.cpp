// Graphs made by hand, so large that several threads make them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "link/ProgramGraph.h"

#include "Builder.h"

using namespace poolguard;
using testing::ElementsAreArray;
using testing::SizeIs;

namespace {

constexpr unsigned Callers = 5000, Stores = 1500;

std::string number(const char *Prefix, unsigned N) { return Prefix + std::to_string(N); }

/// `run` executes the text that it is given; each of many callers gives it another, by way of `hand_on`, and is a
/// callable that `retried` runs for the next of them. Each store executes what its constructor was given.
TuSummary program() {
  Builder B;
  FunctionRoles Retried;
  Retried.Runs.push_back({});
  B.Tu.Declarations["retried"].Name = "retried";
  B.Tu.Declarations["retried"].Roles = std::move(Retried);
  for (unsigned I = 0; I < Callers; ++I) {
    Function &F = B.function(number("caller", I));
    Builder::call(F, "hand_on", {Value::text(number("SELECT ", I))});
    if (I != 0)
      Builder::call(F, "retried", {Value::named(Value::Kind::Function, number("caller", I - 1))});
  }
  for (unsigned I = 0; I < Stores; ++I) {
    Builder::call(B.function(number("store", I)), "execute", {Value::named(Value::Kind::Field, number("text", I))});
    B.function(number("Store", I));
    B.Tu.FieldBindings.emplace_back(number("text", I), Value::parameter(number("Store", I), 0));
    Builder::call(B.function(number("make", I)), number("Store", I), {Value::text(number("DELETE FROM t", I))});
  }
  Builder::call(B.function("hand_on"), "run", {Value::parameter("hand_on", 0)});
  Builder::call(B.function("run"), "execute", {Value::parameter("run", 0)});
  return std::move(B.Tu);
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
