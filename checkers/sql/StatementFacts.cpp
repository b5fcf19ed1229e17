//===- StatementFacts.cpp ---------------------------------------*- C++ -*-===//

#include "sql/StatementFacts.h"

#include "llvm/ADT/STLExtras.h"

#include "LlvmVersion.h"
#include "sql/Operands.h"
#include "sql/Queries.h"
#include "sql/SessionFacts.h"

namespace poolguard::sql {

using ast::Node;
using ast::Object;

static StatementKind transactionKind(llvm::StringRef Kind) {
  return StringSwitch<StatementKind>(Kind)
      .Cases({"TRANS_STMT_BEGIN", "TRANS_STMT_START"}, StatementKind::Begin)
      .Case("TRANS_STMT_COMMIT", StatementKind::Commit)
      .Case("TRANS_STMT_ROLLBACK", StatementKind::Rollback)
      .Cases({"TRANS_STMT_SAVEPOINT", "TRANS_STMT_RELEASE", "TRANS_STMT_ROLLBACK_TO"}, StatementKind::Savepoint)
      .Default(StatementKind::Other); // two-phase commit
}

/// Statements that are not DDL and have no kind of their own.
static bool isOther(llvm::StringRef Type) {
  return StringSwitch<bool>(Type)
      .Cases({"ExplainStmt", "CheckPointStmt", "ConstraintsSetStmt", "ReturnStmt", "PLAssignStmt"}, true)
      .Default(false);
}

static StatementKind kindOf(Node N) {
  const Object &F = *N.Fields;
  if (N.is("TransactionStmt"))
    return transactionKind(ast::text(F, "kind"));
  if (N.is("SelectStmt"))
    return ast::has(F, "intoClause") ? StatementKind::CreateTable : StatementKind::Select;
  if (N.is("CreateTableAsStmt"))
    return ast::text(F, "objtype") == "OBJECT_MATVIEW" ? StatementKind::OtherDdl : StatementKind::CreateTable;
  if (N.is("VacuumStmt"))
    return ast::flag(F, "is_vacuumcmd") ? StatementKind::Vacuum : StatementKind::Other; // ANALYZE
  if (isOther(N.Type))
    return StatementKind::Other;
  return StringSwitch<StatementKind>(N.Type)
      .Case("InsertStmt", StatementKind::Insert)
      .Case("UpdateStmt", StatementKind::Update)
      .Case("DeleteStmt", StatementKind::Delete)
      .Case("MergeStmt", StatementKind::Merge)
      .Case("CopyStmt", StatementKind::Copy)
      .Case("TruncateStmt", StatementKind::Truncate)
      .Case("VariableSetStmt", StatementKind::Set)
      .Case("VariableShowStmt", StatementKind::Show)
      .Case("ListenStmt", StatementKind::Listen)
      .Case("UnlistenStmt", StatementKind::Unlisten)
      .Case("NotifyStmt", StatementKind::Notify)
      .Case("PrepareStmt", StatementKind::Prepare)
      .Case("ExecuteStmt", StatementKind::Execute)
      .Case("DeallocateStmt", StatementKind::Deallocate)
      .Case("DiscardStmt", StatementKind::Discard)
      .Case("LoadStmt", StatementKind::Load)
      .Case("DeclareCursorStmt", StatementKind::DeclareCursor)
      .Case("FetchStmt", StatementKind::Fetch)
      .Case("ClosePortalStmt", StatementKind::CloseCursor)
      .Case("LockStmt", StatementKind::LockTable)
      .Case("CreateStmt", StatementKind::CreateTable)
      .Case("IndexStmt", StatementKind::CreateIndex)
      .Case("DoStmt", StatementKind::Do)
      .Case("CallStmt", StatementKind::Call)
      .Default(StatementKind::OtherDdl);
}

/// An option `NAME [value]`: its value when it's a boolean, true when it has none, absent when it isn't there.
static std::optional<bool> option(const Object &F, llvm::StringRef Field, llvm::StringRef Name) {
  std::optional<bool> Result;
  for (Node N : ast::nodes(F, Field)) {
    if (ast::text(*N.Fields, "defname") != Name)
      continue;
    Node Arg = ast::node(*N.Fields, "arg");
    llvm::StringRef Word = Arg.is("String") ? ast::text(*Arg.Fields, "sval") : "";
    bool Off = Word.equals_insensitive("off") || Word.equals_insensitive("false") ||
               (Arg.is("Integer") && ast::number(*Arg.Fields, "ival") == 0) ||
               (Arg.is("Boolean") && !ast::flag(*Arg.Fields, "boolval"));
    Result = !Off; // the last one counts
  }
  return Result;
}

static bool detachesConcurrently(const Object &AlterTable) {
  return llvm::any_of(ast::nodes(AlterTable, "cmds"), [](Node Command) {
    Node Def = ast::node(*Command.Fields, "def");
    return Def.is("PartitionCmd") && ast::flag(*Def.Fields, "concurrent");
  });
}

static bool isConcurrent(Node N) {
  const Object &F = *N.Fields;
  if (N.is("AlterTableStmt"))
    return detachesConcurrently(F);
  if (N.is("ReindexStmt"))
    return option(F, "params", "concurrently").value_or(ast::flag(F, "concurrent"));
  return ast::flag(F, "concurrent");
}

static bool subscriptionRefreshes(const Object &F) {
  llvm::StringRef Kind = ast::text(F, "kind");
  if (Kind.contains("REFRESH"))
    return true;
  return Kind.ends_with("_PUBLICATION") && option(F, "options", "refresh").value_or(true);
}

/// The callers of PreventInTransactionBlock in PostgreSQL's sources.
static bool isBarredFromTransactionBlock(Node N, bool Concurrently) {
  const Object &F = *N.Fields;
  if (Concurrently)
    return !N.is("RefreshMatViewStmt");
  if (N.is("VacuumStmt"))
    return ast::flag(F, "is_vacuumcmd");
  if (N.is("ClusterStmt") || N.is("RepackStmt"))
    return !ast::has(F, "relation");
  if (N.is("ReindexStmt")) {
    llvm::StringRef Kind = ast::text(F, "kind");
    return Kind.ends_with("_SCHEMA") || Kind.ends_with("_SYSTEM") || Kind.ends_with("_DATABASE");
  }
  if (N.is("TransactionStmt"))
    return ast::text(F, "kind").ends_with("_PREPARED");
  if (N.is("DiscardStmt"))
    return ast::text(F, "target") == "DISCARD_ALL";
  if (N.is("AlterDatabaseStmt"))
    return option(F, "options", "tablespace").has_value();
  if (N.is("CreateSubscriptionStmt"))
    return option(F, "options", "connect").value_or(true) && option(F, "options", "create_slot").value_or(true);
  if (N.is("AlterSubscriptionStmt"))
    return subscriptionRefreshes(F);
  return StringSwitch<bool>(N.Type)
      .Cases({"CreatedbStmt", "DropdbStmt", "CreateTableSpaceStmt", "DropTableSpaceStmt", "AlterSystemStmt",
              "DropSubscriptionStmt"},
             true)
      .Default(false);
}

/// Whether the queries and calls in a statement run when it does: not those of a view's, rule's or function's
/// definition, nor a table's defaults.
static bool runsItsQueries(Node N) {
  return !N.is("ViewStmt") && !N.is("RuleStmt") && !N.is("CreateFunctionStmt") && !N.is("CreatePolicyStmt") &&
         !N.is("CreateTrigStmt") && !N.is("CreatePublicationStmt") && !N.is("CreateStmt");
}

static std::string createdType(Node N) {
  const Object &F = *N.Fields;
  if (N.is("CompositeTypeStmt")) {
    const Object *Type = ast::object(F, "typevar");
    return Type ? ast::text(*Type, "relname").str() : std::string();
  }
  if (N.is("CreateEnumStmt") || N.is("CreateRangeStmt"))
    return ast::lastName(F, "typeName");
  return N.is("CreateDomainStmt") ? ast::lastName(F, "domainname") : std::string();
}

static void addCasts(Node N, std::vector<std::string> &Types) {
  if (N.is("TypeCast"))
    if (const Object *Type = ast::object(*N.Fields, "typeName"))
      if (std::string Name = ast::lastName(*Type, "names"); !llvm::is_contained(Types, Name))
        Types.push_back(std::move(Name));
  ast::forEachChild(*N.Fields, [&](Node Child) { addCasts(Child, Types); });
}

static bool writesRows(const std::vector<Query> &Queries) {
  return llvm::any_of(Queries, [](const Query &Q) { return Q.Kind != StatementKind::Select; });
}

static bool writes(Node N, const Statement &S) {
  switch (S.Kind) {
  case StatementKind::Copy: return ast::flag(*N.Fields, "is_from") || writesRows(S.Queries);
  case StatementKind::Truncate:
  case StatementKind::CreateTable:
  case StatementKind::CreateIndex:
  case StatementKind::OtherDdl:
  case StatementKind::Do:
  case StatementKind::Call: return true;
  case StatementKind::Prepare: // EXECUTE does
    return false;
  case StatementKind::Other:
    return N.is("ExplainStmt") && option(*N.Fields, "options", "analyze").value_or(false) && writesRows(S.Queries);
  default: return writesRows(S.Queries);
  }
}

Statement readStatement(Node Root, llvm::StringRef Source, unsigned Begin) {
  Statement S;
  S.Kind = kindOf(Root);
  std::vector<FunctionCall> Calls;
  if (runsItsQueries(Root)) {
    S.Queries = queriesIn(Root, Source);
    Calls = functionCallsIn(Root);
  }
  for (const FunctionCall &C : Calls)
    if (!llvm::is_contained(S.Functions, C.Name))
      S.Functions.push_back(C.Name);
  S.CreatesType = createdType(Root);
  addCasts(Root, S.CastsTo);
  readSessionFacts(Root, Calls, Source, Begin, S);
  S.Concurrently = isConcurrent(Root);
  S.NotInTransactionBlock = isBarredFromTransactionBlock(Root, S.Concurrently);
  S.Writes = writes(Root, S);
  return S;
}

} // namespace poolguard::sql
