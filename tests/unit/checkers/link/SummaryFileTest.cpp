// A summary comes back as it was written, and one that was damaged is refused by the name of the field.
#include "link/SummaryFile.h"

#include <regex>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/MemoryBuffer.h"

#include "link/ProgramFile.h"
#include "model/Digest.h"

using namespace poolguard;
using testing::HasSubstr;

namespace {

const PathRoot Root("/work/app");

Location at(const char *File, unsigned Line) {
  Location L;
  L.File = File;
  L.Line = Line;
  L.Column = 7;
  L.Offset = Line * 40;
  return L;
}

/// Every member has a value that isn't its default.
TuSummary full() {
  Value Bound = Value::named(Value::Kind::Function, "c:@F@g");
  Bound.Parts = {Value::text("SELECT 1"), Value::connection(Lane::Session), Value::parameter("c:@F@f", Value::This)};

  Site S;
  S.At = at("/work/app/src/a.cpp", 3);
  S.NameAt = at("/work/app/src/a.cpp", 4);
  S.NameLength = 5;
  S.Callee = "c:@F@callee";
  S.Through = Value::parameter("c:@F@f", 2);
  S.Virtual = true;
  S.Object = Value::handle(Value::named(Value::Kind::Global, "c:@pool"), Lane::Transaction);
  S.Arguments = {Bound, Value::hole(), Value::concat({Value::text("a"), Value::hole()})};
  S.Literals = {{1, at("/work/app/src/a.cpp", 5)}};
  S.Sink = TextSink::Stream;
  S.Makes = Lane::Tx;
  S.HasDirect = true;
  S.Result = ResultUse::Dropped;
  S.ResultIn = "rows";
  S.Measured = true;
  S.LoopFrom = 10;
  S.LoopTo = 20;
  S.Creates = true;
  S.Reference = true;
  S.Entity = "c:@db";
  S.ObjectAt = at("/usr/include/x.h", 6);
  S.ObjectLength = 2;
  S.Handle = "tx";
  S.BlockTo = 30;
  S.UnstableKey = "std::hash";
  Place On;
  On.From = Place::Root::Parameter;
  On.Parameter = 1;
  On.Variable = "c:@p";
  On.Owner = "c:@F@outer";
  On.Fields = ".c:@FI@n";
  On.Name = "n";
  On.DeclaredAt = at("/work/app/src/a.cpp", 8);
  S.Given = {{1, On, true}};
  S.Awaited = true;
  S.Scopes = {0};

  CodeScope C;
  C.K = CodeScope::Kind::RetryLoop;
  C.At = at("/work/library/b.h", 7);
  C.Attempts = 3;
  C.UnknownOutcome = "...";
  C.Entity = "c:@m";
  C.Name = "m";
  C.Autocommit = C.ByText = C.CatchesAll = C.Rethrows = C.GoesOn = true;
  C.Connection = Value::connection(Lane::Connection);
  C.From = 1;
  C.To = 2;

  Function F;
  F.Usr = "c:@F@f";
  F.Name = "app::f";
  F.At = at("/work/app/src/a.cpp", 1);
  F.Sites = {S};
  F.Scopes = {C};
  F.Flow = {{FlowFact::Kind::ReleasedTwice, S.At, C.At, "c:@c", "c", 0, FlowFact::Dies}};
  F.Opens = {{"c:@w", "w", S.At, true, {0}, Value::connection(Lane::Session)}};
  F.MakesConnection = true;
  Access A;
  A.K = Access::Kind::ReadModifyWrite;
  A.Of = Access::Sort::Counter;
  A.At = S.At;
  A.On = On;
  A.Atomic = A.Picks = A.Rechecked = true;
  A.From = 1;
  A.Guard = 2;
  A.SuspendedAt = C.At;
  A.OneStep = {{S.At, 4, "fetch_add(1)"}};
  A.Scopes = {0};
  F.Accesses = {A};
  F.Returns = Bound;
  F.Parent = "c:@F@outer";
  F.Pattern = "c:@F@generic";

  Declaration D;
  D.Name = "app::callee";
  D.At = at("/work/app/src/a.h", 2);
  FunctionRoles Roles;
  Roles.Executes = ExecutesRole{Lane::Connection, 1, {2, 3}, 4, true, "direct", 0};
  Roles.Returns = Lane::Session;
  Roles.ReturnsAutocommit = true;
  Roles.Runs = {{1, Scope::Workers, Lane::Transaction, 4, true}};
  Roles.Retries = 0;
  Roles.LockPath = true;
  Roles.Fenced = false;
  Roles.Blocks = Roles.LegacyConnection = Roles.Logs = Roles.TryLock = Roles.WallClock = true;
  Roles.Rows = "checked";
  Roles.EndsTransaction = "commit";
  Roles.Releases = 1;
  Roles.SessionState = "listen";
  Roles.Prepares = PreparesRole{2, 3};
  Roles.Connects = 2;
  D.Roles = Roles;
  D.Overrides = {"c:@F@base"};
  D.Defined = D.OnTransaction = D.Method = D.NoThrow = D.TakesTimeout = D.TakesStopToken = true;

  TuSummary Summary;
  Summary.MainFile = "/work/app/src/a.cpp";
  Summary.Functions = {F};
  Summary.Declarations["c:@F@callee"] = D;
  Summary.Globals["c:@kSql"] = Value::text("SELECT 2");
  Summary.FieldBindings = {{"c:@S@A@FI@sql", Bound}};
  Summary.Leases = {{"jobs", "status", "lock_epoch", "lock_until"}};
  Summary.Allow = {{"dsn-in-log", "src/**", "app::f", "why", "2027-01-01", "/work/app/.poolguard.yaml", 9}};
  Summary.Entries = {{"app::*", "/work/app/.poolguard.yaml", 3, true, true}};
  Summary.Suppressions = {at("/work/app/src/a.cpp", 9)};
  return Summary;
}

std::string written(const TuSummary &Summary, const PathRoot &At = Root) {
  std::string Out;
  llvm::raw_string_ostream OS(Out);
  writeSummary(Summary, At, OS);
  return Out;
}

llvm::Expected<TuSummary> read(llvm::StringRef Bytes, const PathRoot &At = Root) {
  return readSummary(llvm::MemoryBufferRef(Bytes, "a.pgsum"), At);
}

std::string errorOf(llvm::StringRef Bytes) {
  llvm::Expected<TuSummary> Read = read(Bytes);
  return Read ? "" : llvm::toString(Read.takeError());
}

/// The file with another content, sealed anew: as if whoever wrote it had been wrong.
std::string withContent(llvm::StringRef File, llvm::StringRef Content) {
  size_t Seal = File.find("digest ");
  return (File.take_front(Seal) + "digest " + Digest::of(Content) + "\n" + Content).str();
}

llvm::StringRef contentOf(llvm::StringRef File) { return File.substr(File.find('\n', File.find("digest ")) + 1); }

} // namespace

TEST(SummaryFile, ComesBackAsItWasWritten) {
  std::string First = written(full());
  llvm::Expected<TuSummary> Read = read(First);
  ASSERT_TRUE(bool(Read)) << llvm::toString(Read.takeError());
  EXPECT_EQ(written(*Read), First);
  const Function &F = Read->Functions.at(0);
  EXPECT_EQ(F.Sites.at(0).Arguments, full().Functions[0].Sites[0].Arguments);
  EXPECT_EQ(F.Flow.at(0).Argument, FlowFact::Dies);
  EXPECT_EQ(F.Scopes.at(0).At, at("/work/library/b.h", 7));
  EXPECT_EQ(Read->Declarations.at("c:@F@callee").Roles->Executes->ConnectionArgument, 0U);
  EXPECT_EQ(Read->Declarations.at("c:@F@callee").Roles->Fenced, false);
  EXPECT_EQ(Read->Declarations.at("c:@F@callee").Roles->Prepares->Sql, 3U);
  EXPECT_TRUE(F.Scopes.at(0).ByText);
  EXPECT_EQ(Read->MainFile, "/work/app/src/a.cpp");
}

TEST(SummaryFile, AnEmptyOneToo) {
  llvm::Expected<TuSummary> Read = read(written(TuSummary()));
  ASSERT_TRUE(bool(Read)) << llvm::toString(Read.takeError());
  EXPECT_TRUE(Read->Functions.empty());
}

TEST(SummaryFile, IsReadElsewhereWithThePathsOfThere) {
  llvm::Expected<TuSummary> Read = read(written(full()), PathRoot("/home/me/app"));
  ASSERT_TRUE(bool(Read)) << llvm::toString(Read.takeError());
  EXPECT_EQ(Read->MainFile, "/home/me/app/src/a.cpp");
  EXPECT_EQ(Read->Functions[0].Scopes[0].At.File, "/home/me/library/b.h");
  EXPECT_EQ(Read->Functions[0].Sites[0].ObjectAt.File, "/usr/include/x.h");
  EXPECT_EQ(written(*Read, PathRoot("/home/me/app")), written(full()));
}

TEST(SummaryFile, NamesTheFileAndTheFieldThatIsWrong) {
  std::string File = written(full());
  // The last byte is whether the last suppression stands in a macro.
  llvm::StringRef Content = contentOf(File);
  EXPECT_THAT(
      errorOf(withContent(File, Content.drop_back(1))),
      HasSubstr("'a.pgsum' can't be used: it is damaged: field 'suppressions[0].in-macro': the file ends, where "
                "true or false is expected"));
  EXPECT_THAT(errorOf(withContent(File, Content.drop_back(1).str() + '\x05')),
              HasSubstr("field 'suppressions[0].in-macro': not true or false"));
  EXPECT_THAT(errorOf(withContent(File, Content.str() + '\x05')), HasSubstr("there is more in it than its fields"));
  EXPECT_THAT(errorOf(withContent(File, "\xa1x")), HasSubstr("field 'strings': not a number"));
  EXPECT_THAT(errorOf(withContent(File, "")), HasSubstr("field 'strings': the file ends, where a number is expected"));
}

// A table of every field, made from the code that describes them: a file that ends in one is refused with that one's
// name.
/// Cuts a file after each byte of its content; adds the fields that the errors name.
static void cutEverywhere(const std::string &File, llvm::function_ref<std::string(llvm::StringRef)> ErrorOf,
                          std::set<std::string> &Named) {
  llvm::StringRef Content = contentOf(File);
  for (size_t I = 0; I < Content.size(); ++I) {
    const std::string Error = ErrorOf(withContent(File, Content.take_front(I)));
    ASSERT_THAT(Error, HasSubstr("can't be used: it is damaged: field '")) << "cut after " << I;
    llvm::StringRef Field = llvm::StringRef(Error).split("field '").second.split("'").first;
    llvm::SmallVector<llvm::StringRef> Steps;
    Field.split(Steps, '.');
    for (llvm::StringRef Step : Steps)
      Named.insert(Step.split('[').first.str());
  }
}

TEST(SummaryFile, NamesEveryFieldThatIsWrong) {
  std::set<std::string> Named;
  cutEverywhere(written(full()), errorOf, Named);
  std::string Program;
  llvm::raw_string_ostream OS(Program);
  writeProgram({"key", "/work/app", {TuSummary()}, {"roles"}}, OS);
  auto ErrorOfProgram = [](llvm::StringRef Bytes) {
    llvm::Expected<StoredProgram> Read = readProgram({Bytes, "program"});
    return Read ? std::string() : llvm::toString(Read.takeError());
  };
  cutEverywhere(Program, ErrorOfProgram, Named);
  size_t Described = 0;
  for (const char *Name : {"SummaryFile.cpp", "TuSummaryFields.h", "SummaryFields.h"}) {
    auto Source = llvm::MemoryBuffer::getFile(llvm::Twine(POOLGUARD_LINK_SOURCES "/") + Name);
    ASSERT_TRUE(bool(Source)) << Name;
    const std::string Text = (*Source)->getBuffer().str();
    static const std::regex Field(R"re(\bA(?:\.\w+)?\("([a-z0-9-]+)")re");
    for (std::sregex_iterator At(Text.begin(), Text.end(), Field), End; At != End; ++At, ++Described)
      EXPECT_TRUE(Named.count((*At)[1])) << "no damage in '" << (*At)[1] << "' is named";
  }
  EXPECT_GT(Described, 50U);
}

// Whatever is in the file, reading it ends with a summary or an error, never with a crash or with much memory.
TEST(SummaryFile, NoDamageDoesHarm) {
  const std::string File = written(full());
  const std::string Content = contentOf(File).str();
  for (size_t I = 0; I < Content.size(); ++I) {
    EXPECT_NE(errorOf(withContent(File, llvm::StringRef(Content).take_front(I))), "") << "cut after " << I;
    for (unsigned char Byte : {0x00, 0x7f, 0xc0, 0xc3, 0xcf, 0xdb, 0xdd, 0xff}) {
      std::string Other = Content;
      Other[I] = static_cast<char>(Byte);
      errorOf(withContent(File, Other));
    }
  }
}
