//===- SessionFacts.cpp -----------------------------------------*- C++ -*-===//

#include "sql/SessionFacts.h"

#include <algorithm>
#include <tuple>

#include "llvm/ADT/STLExtras.h"

#include "LlvmVersion.h"
#include "sql/Lexer.h"
#include "sql/Operands.h"

namespace poolguard::sql {

using ast::Node;
using ast::Object;

static void collectCalls(Node N, std::vector<FunctionCall> &Out) {
  if (N.is("FuncCall")) {
    std::string Name = ast::lastName(*N.Fields, "funcname");
    long long At = ast::location(*N.Fields);
    if (!Name.empty())
      Out.push_back({N.Fields, llvm::StringRef(Name).lower(), static_cast<unsigned>(std::max(At, 0LL))});
  }
  ast::forEachChild(*N.Fields, [&](Node Child) { collectCalls(Child, Out); });
}

std::vector<FunctionCall> functionCallsIn(Node Root) {
  std::vector<FunctionCall> Calls;
  collectCalls(Root, Calls);
  llvm::sort(Calls, [](const FunctionCall &A, const FunctionCall &B) {
    return std::tie(A.Offset, A.Name) < std::tie(B.Offset, B.Name);
  });
  return Calls;
}

namespace {

class SessionReader {
public:
  SessionReader(llvm::StringRef Source, unsigned Begin, Statement &Out) : Source(Source), Begin(Begin), Out(Out) {}

  void read(Node N);
  void readCall(const FunctionCall &Call);

private:
  void readSet(const Object &F);
  void readRelation(const Object *RangeVar, llvm::StringRef OnCommit);
  void readDeclare(const Object &F);
  void readSetConfig(const FunctionCall &Call);
  SessionUse &use(SessionState State, llvm::StringRef Detail, unsigned Offset, unsigned End);
  /// A use whose construct is the statement's first word.
  SessionUse &useKeyword(SessionState State, llvm::StringRef Detail) {
    return use(State, Detail, Begin, tokenEnd(Source, Begin));
  }

  llvm::StringRef Source;
  unsigned Begin;
  Statement &Out;
};

SessionUse &SessionReader::use(SessionState State, llvm::StringRef Detail, unsigned Offset, unsigned End) {
  SessionUse U;
  U.State = State;
  U.Detail = Detail.str();
  U.Offset = Offset;
  U.Length = End - Offset;
  Out.Session.push_back(std::move(U));
  return Out.Session.back();
}

void SessionReader::readSet(const Object &F) {
  if (ast::flag(F, "is_local")) {
    Out.Local = true;
    return;
  }
  llvm::StringRef Name = ast::text(F, "name");
  unsigned Set = tokenEnd(Source, Begin);
  unsigned End = skipWords(Source, Set, "SESSION");
  if (ast::text(F, "kind") == "VAR_SET_MULTI") {
    if (Name == "SESSION CHARACTERISTICS") // the others are SET TRANSACTION, which ends with it
      use(SessionState::Set, "session characteristics", Begin,
          skipWords(Source, Set, "SESSION CHARACTERISTICS AS TRANSACTION"));
    return;
  }
  if (Name == "session_authorization") {
    use(SessionState::SetRole, Name, Begin, Set);
  } else if (Name == "role") {
    use(SessionState::SetRole, Name, Begin, End);
  } else if (ast::text(F, "kind") == "VAR_RESET_ALL") {
    use(SessionState::Set, "all", Begin, Set);
  } else {
    use(SessionState::Set, Name, Begin, End);
  }
}

void SessionReader::readRelation(const Object *RangeVar, llvm::StringRef OnCommit) {
  if (!RangeVar || OnCommit == "ONCOMMIT_DROP")
    return;
  if (ast::text(*RangeVar, "relpersistence") != "t" && ast::text(*RangeVar, "schemaname") != "pg_temp")
    return;
  unsigned At = std::max(ast::location(*RangeVar), 0LL);
  use(SessionState::TempRelation, ast::text(*RangeVar, "relname"), At, qualifiedNameEnd(Source, At));
}

void SessionReader::readDeclare(const Object &F) {
  constexpr long long Hold = 0x20; // CURSOR_OPT_HOLD
  if (!(ast::number(F, "options") & Hold))
    return;
  SessionUse &U = useKeyword(SessionState::HoldCursor, ast::text(F, "portalname"));
  for (unsigned At = Begin; At < Source.size(); At = skipBlank(Source, tokenEnd(Source, At))) {
    unsigned End = skipWords(Source, At, "WITH HOLD");
    if (End != At) {
      U.Argument = Extent{At, End - At};
      return;
    }
  }
}

void SessionReader::read(Node N) {
  const Object &F = *N.Fields;
  if (N.is("VariableSetStmt"))
    readSet(F);
  else if (N.is("ListenStmt"))
    useKeyword(SessionState::Listen, ast::text(F, "conditionname"));
  else if (N.is("UnlistenStmt"))
    useKeyword(SessionState::Listen, ast::has(F, "conditionname") ? ast::text(F, "conditionname") : "*");
  else if (N.is("PrepareStmt") || N.is("ExecuteStmt"))
    useKeyword(SessionState::Prepare, ast::text(F, "name"));
  else if (N.is("DeallocateStmt"))
    useKeyword(SessionState::Prepare, ast::text(F, "name").empty() ? "all" : ast::text(F, "name"));
  else if (N.is("DeclareCursorStmt"))
    readDeclare(F);
  else if (N.is("ClosePortalStmt") && ast::text(F, "portalname").empty())
    useKeyword(SessionState::HoldCursor, "all");
  else if (N.is("LoadStmt"))
    useKeyword(SessionState::Load, ast::text(F, "filename"));
  else if (N.is("DiscardStmt"))
    useKeyword(SessionState::Discard, ast::text(F, "target").substr(llvm::StringRef("DISCARD_").size()).lower());
  else if (N.is("CreateStmt"))
    readRelation(ast::object(F, "relation"), ast::text(F, "oncommit"));
  else if (N.is("ViewStmt"))
    readRelation(ast::object(F, "view"), "");
  else if (N.is("CreateSeqStmt"))
    readRelation(ast::object(F, "sequence"), "");

  llvm::StringRef Into = N.is("CreateTableAsStmt") ? "into" : N.is("SelectStmt") ? "intoClause" : "";
  if (const Object *Clause = Into.empty() ? nullptr : ast::object(F, Into))
    readRelation(ast::object(*Clause, "rel"), ast::text(*Clause, "onCommit"));

  if (N.is("ExplainStmt") || N.is("CreateTableAsStmt"))
    if (Node Inner = ast::node(F, "query"); Inner.is("ExecuteStmt"))
      read(Inner);
}

void SessionReader::readSetConfig(const FunctionCall &Call) {
  std::vector<Node> Args = ast::nodes(*Call.Fields, "args");
  if (Args.size() != 3)
    return;
  Node IsLocal = Args[2].is("NamedArgExpr") ? ast::node(*Args[2].Fields, "arg") : Args[2];
  std::optional<bool> Local = isNullConstant(IsLocal) ? false : booleanConstantOf(IsLocal, Source);
  if (!Local)
    return;
  if (*Local) {
    Out.Local = true;
    return;
  }
  std::string Setting = llvm::StringRef(constantOf(Args[0], Source).value_or("")).lower();
  bool Role = Setting == "role" || Setting == "session_authorization";
  SessionUse &U = use(Role ? SessionState::SetRole : SessionState::Set, Setting, Call.Offset,
                      qualifiedNameEnd(Source, Call.Offset));
  Node Constant = stripCasts(IsLocal);
  unsigned At = std::max(ast::location(*Constant.Fields), 0LL);
  U.Argument = Extent{At, tokenEnd(Source, At) - At};
}

void SessionReader::readCall(const FunctionCall &Call) {
  llvm::StringRef Name = Call.Name;
  if (Name == "set_config")
    return readSetConfig(Call);
  bool Session = StringSwitch<bool>(Name)
                     .Cases({"pg_advisory_lock", "pg_advisory_lock_shared"}, true)
                     .Cases({"pg_try_advisory_lock", "pg_try_advisory_lock_shared"}, true)
                     .Cases({"pg_advisory_unlock", "pg_advisory_unlock_shared", "pg_advisory_unlock_all"}, true)
                     .Default(false);
  if (Session)
    use(SessionState::AdvisoryLock, Name, Call.Offset, qualifiedNameEnd(Source, Call.Offset)).Try =
        Name.starts_with("pg_try_");
  else if (Name == "currval" || Name == "lastval")
    use(SessionState::SequenceState, Name, Call.Offset, qualifiedNameEnd(Source, Call.Offset));
}

} // namespace

void readSessionFacts(Node Root, llvm::ArrayRef<FunctionCall> Calls, llvm::StringRef Source, unsigned Begin,
                      Statement &Out) {
  SessionReader Reader(Source, Begin, Out);
  Reader.read(Root);
  for (const FunctionCall &Call : Calls)
    Reader.readCall(Call);
}

} // namespace poolguard::sql
