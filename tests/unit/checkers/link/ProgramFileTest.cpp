// A program on disk, and with one file's code as an editor has it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "link/ProgramAround.h"
#include "link/ProgramFile.h"
#include "link/ProgramGraph.h"

using namespace poolguard;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

Function function(const std::string &Name, const std::string &File, unsigned Line = 1) {
  Function F;
  F.Usr = F.Name = Name;
  F.At = {File, Line, 1, 0, false};
  return F;
}

FunctionRoles blocks() {
  FunctionRoles Out;
  Out.Blocks = true;
  return Out;
}

TuSummary tu(const std::string &File, std::vector<Function> Functions) {
  TuSummary Out;
  Out.MainFile = File;
  Out.Functions = std::move(Functions);
  for (const Function &F : Out.Functions)
    Out.Declarations[F.Usr].Name = F.Name;
  return Out;
}

StoredProgram program(std::vector<TuSummary> Tus) {
  StoredProgram Out;
  Out.Key = "key";
  Out.Root = "/p";
  Out.Configs.resize(Tus.size(), "roles");
  Out.Tus = std::move(Tus);
  return Out;
}

std::vector<std::string> names(const TuSummary &Tu) {
  std::vector<std::string> Out;
  for (const Function &F : Tu.Functions)
    Out.push_back(F.Name + "@" + F.At.File);
  return Out;
}

std::string bytes(const StoredProgram &P) {
  std::string Out;
  llvm::raw_string_ostream OS(Out);
  writeProgram(P, OS);
  return Out;
}

TEST(ProgramFile, IsReadAsItWasWritten) {
  const std::string File = bytes(program({tu("/p/a.cpp", {function("f", "/p/a.cpp")}), tu("/p/b.cpp", {})}));
  const llvm::MemoryBufferRef Buffer(File, "program");
  llvm::Expected<StoredProgram> Read = readProgram(Buffer);
  ASSERT_TRUE(static_cast<bool>(Read)) << llvm::toString(Read.takeError());
  EXPECT_EQ(Read->Root, "/p");
  ASSERT_EQ(Read->Tus.size(), 2u);
  EXPECT_THAT(names(Read->Tus[0]), ElementsAre("f@/p/a.cpp"));
  EXPECT_EQ(programKey(Buffer), "key");
  EXPECT_EQ(bytes(*Read), File);
}

TEST(ProgramFile, DamageIsAnErrorAndNoKey) {
  StoredProgram P = program({tu("/p/a.cpp", {})});
  P.Configs.clear();
  const std::string WithoutConfigs = bytes(P), Whole = bytes(program({tu("/p/a.cpp", {})}));
  llvm::Expected<StoredProgram> Read = readProgram({WithoutConfigs, "program"});
  EXPECT_THAT(llvm::toString(Read.takeError()), HasSubstr("'configs'"));
  const std::string Cut = Whole.substr(0, Whole.size() - 1);
  EXPECT_EQ(programKey({Cut, "program"}), "");
  EXPECT_EQ(programKey({"", "program"}), "");
  llvm::Expected<StoredProgram> CutRead = readProgram({Cut, "program"});
  EXPECT_THAT(llvm::toString(CutRead.takeError()), HasSubstr("'program' can't be used: it is damaged"));
}

TEST(ProgramFile, KeepsOneOfWhatIsRepeated) {
  TuSummary A = tu("/p/a.cpp", {function("inline", "/p/h.h"), function("twice", "/p/a.cpp")});
  TuSummary B = tu("/p/b.cpp", {function("inline", "/p/h.h"), function("twice", "/p/b.cpp")});
  TuSummary C = tu("/p/c.cpp", {function("inline", "/p/h.h")});
  B.Declarations["inline"].Roles = blocks(); // another redeclaration of it
  A.Globals["g"] = Value::text("a");
  B.Globals["g"] = Value::text("b");
  StoredProgram P = program({A, B, C});
  dropRepeated(P);
  EXPECT_THAT(names(P.Tus[0]), ElementsAre("inline@/p/h.h", "twice@/p/a.cpp"));
  EXPECT_THAT(names(P.Tus[1]), ElementsAre("twice@/p/b.cpp")) << "another definition of one name is no repetition";
  EXPECT_THAT(names(P.Tus[2]), IsEmpty());
  EXPECT_EQ(P.Tus[1].Declarations.count("inline"), 1u) << "they differ";
  EXPECT_EQ(P.Tus[2].Declarations.count("inline"), 1u) << "it differs from the last, and the last may win";
  EXPECT_EQ(P.Tus[1].Declarations.count("twice"), 0u);
  EXPECT_EQ(P.Tus[1].Globals.count("g"), 0u) << "the first is the one";
}

/// The names and files of all functions of the graph.
std::vector<std::string> graph(SharedSummaries Tus) {
  std::vector<std::string> Out;
  ProgramGraph G(std::move(Tus));
  for (const Function *F : G.functions())
    Out.push_back(F->Name + "@" + F->At.File);
  std::sort(Out.begin(), Out.end());
  return Out;
}

TEST(ProgramAround, TheOpenFilesCodeIsTheEditors) {
  ProgramAround Around(program({tu("/p/a.cpp", {function("f", "/p/a.cpp"), function("inline", "/p/h.h")}),
                                tu("/p/b.cpp", {function("g", "/p/b.cpp")})}));
  TuSummary Open = tu("/p/a.cpp", {function("h", "/p/a.cpp")});
  EXPECT_THAT(graph(Around.with(std::make_shared<TuSummary>(Open))),
              ElementsAre("g@/p/b.cpp", "h@/p/a.cpp", "inline@/p/h.h"));
  TuSummary Header = tu("/p/h.h", {});
  EXPECT_THAT(graph(Around.with(std::make_shared<TuSummary>(Header))), ElementsAre("f@/p/a.cpp", "g@/p/b.cpp"));
}

TEST(ProgramAround, OtherFilesAreNotCopied) {
  ProgramAround Around(
      program({tu("/p/a.cpp", {function("f", "/p/a.cpp")}), tu("/p/b.cpp", {function("g", "/p/b.cpp")})}));
  TuSummary Open = tu("/p/a.cpp", {function("h", "/p/a.cpp")});
  SharedSummaries Once = Around.with(std::make_shared<TuSummary>(Open)),
                  Again = Around.with(std::make_shared<TuSummary>(Open));
  ASSERT_EQ(Once.size(), 3u);
  EXPECT_EQ(Once[1], Again[1]);
  EXPECT_NE(Once[0], Again[0]) << "the open file's own is made anew";
}

TEST(ProgramAround, WhatTheOpenFileSaysAnewReplacesWhatItSaid) {
  TuSummary A = tu("/p/a.cpp", {function("f", "/p/a.cpp")});
  A.Declarations["f"].Roles = blocks();
  A.Declarations["other"].Roles = blocks();
  A.FieldBindings = {{"field", Value::text("old")}, {"header's", Value::text("kept")}};
  A.Globals["g"] = Value::text("old");
  ProgramAround Around(program({A}));
  TuSummary Open = tu("/p/a.cpp", {function("f", "/p/a.cpp")});
  Open.FieldBindings = {{"field", Value::text("new")}};
  Open.Globals["g"] = Value::text("new");
  SharedSummaries Tus = Around.with(std::make_shared<TuSummary>(Open));
  ASSERT_EQ(Tus.size(), 2u);
  EXPECT_EQ(Tus[0]->FieldBindings.size(), 1u);
  EXPECT_EQ(Tus[0]->Globals.count("g"), 0u);
  ProgramGraph G(Tus);
  EXPECT_FALSE(G.declaration("f")->Roles->Blocks.has_value());
  EXPECT_TRUE(G.declaration("other")->Roles->Blocks.has_value());
}

TEST(ProgramAround, KnowsItsFilesAndTheirRoles) {
  StoredProgram P = program({tu("/p/a.cpp", {function("inline", "/p/h.h")}), tu("/p/b.cpp", {})});
  P.Configs = {"one", "two"};
  ProgramAround Around(P);
  EXPECT_TRUE(Around.has("/p/a.cpp"));
  EXPECT_TRUE(Around.has("/p/h.h"));
  EXPECT_FALSE(Around.has("/p/new.cpp"));
  EXPECT_TRUE(Around.hasAlone("/p/a.cpp"));
  EXPECT_FALSE(Around.hasAlone("/p/h.h")) << "it is no TU";
  EXPECT_FALSE(Around.hasAlone("/p/new.cpp"));
  EXPECT_TRUE(Around.readWith("/p/a.cpp", "one"));
  EXPECT_FALSE(Around.readWith("/p/a.cpp", "two"));
  EXPECT_TRUE(Around.readWith("/p/h.h", "two"));
  EXPECT_FALSE(Around.readWith("/p/h.h", "three"));
}

} // namespace
