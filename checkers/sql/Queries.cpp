//===- Queries.cpp ----------------------------------------------*- C++ -*-===//

#include "sql/Queries.h"

#include "llvm/ADT/STLExtras.h"

#include "sql/Operands.h"
#include "sql/Predicates.h"

namespace poolguard::sql {

using ast::Node;
using ast::Object;

Table tableOf(const Object &RangeVar) {
  return {ast::text(RangeVar, "schemaname").str(), ast::text(RangeVar, "relname").str()};
}

namespace {

/// The CTE names that a query sees.
struct Scope {
  const Scope *Outer = nullptr;
  std::vector<std::string> Names;
  bool InCte = false;

  bool isCte(llvm::StringRef Name) const {
    return llvm::any_of(Names, [&](const std::string &N) { return Name == N; }) || (Outer && Outer->isCte(Name));
  }
};

/// A table of a FROM clause with the name its columns go by.
struct Source {
  Table Of;
  std::string Alias;
};

struct JoinCondition {
  Node On;
  std::vector<std::string> Using;
  bool Outer = false;
};

struct FromClause {
  std::vector<Source> Tables;
  std::vector<JoinCondition> Conditions;
};

class QueryCollector {
public:
  explicit QueryCollector(llvm::StringRef Text) : Text(Text) {}

  void visit(Node N, const Scope &S);
  std::vector<Query> Found;

private:
  void visitChildren(const Object &F, const Scope &S);
  void visitQuery(Node N, const Scope &S);
  void record(Node N, const Scope &S);
  bool select(const Object &F, const Scope &S, Query &Q);
  void insert(const Object &F, const Scope &S, Query &Q);
  void updateOrDelete(const Object &F, llvm::StringRef Others, const Scope &S, Query &Q);
  void merge(const Object &F, const Scope &S, Query &Q);

  Source source(const Object &RangeVar) const;
  void readFrom(Node Item, bool Outer, const Scope &S, FromClause &Out) const;
  void readWhere(const Object &F, const FromClause &From, const Source &Target, Query &Q) const;
  void readLocks(const Object &F, const FromClause &From, Query &Q) const;
  void readAssignments(const Object &F, bool OnConflict, Query &Q) const;
  Operand multiAssigned(const Object &MultiAssignRef) const;
  std::vector<Operand> insertedValues(const Object &Select, size_t Columns) const;

  llvm::StringRef Text;
};

bool isQuery(Node N) {
  return N.is("SelectStmt") || N.is("InsertStmt") || N.is("UpdateStmt") || N.is("DeleteStmt") || N.is("MergeStmt");
}

void QueryCollector::visit(Node N, const Scope &S) {
  if (!N)
    return;
  if (isQuery(N)) {
    visitQuery(N, S);
  } else if (N.is("CommonTableExpr")) {
    Scope Inner{&S, {}, true};
    visitChildren(*N.Fields, Inner);
  } else {
    visitChildren(*N.Fields, S);
  }
}

/// The topmost queries and CTEs below `N`.
void findInner(Node N, std::vector<Node> &Out) {
  if (isQuery(N) || N.is("CommonTableExpr"))
    Out.push_back(N);
  else
    ast::forEachChild(*N.Fields, [&](Node Child) { findInner(Child, Out); });
}

void QueryCollector::visitChildren(const Object &F, const Scope &S) {
  std::vector<Node> Inner;
  ast::forEachChild(F, [&](Node Child) { findInner(Child, Inner); });
  if (Inner.size() > 1) {
    std::vector<std::pair<long long, Node>> Ordered;
    for (Node N : Inner)
      Ordered.emplace_back(ast::firstLocation(*N.Fields), N);
    llvm::sort(Ordered, [](const auto &A, const auto &B) { return A.first < B.first; });
    for (size_t I = 0; I < Inner.size(); ++I)
      Inner[I] = Ordered[I].second;
  }
  for (Node N : Inner)
    visit(N, S);
}

void QueryCollector::visitQuery(Node N, const Scope &S) {
  Scope Inner{&S, {}, S.InCte};
  if (const Object *With = ast::object(*N.Fields, "withClause"))
    for (Node Cte : ast::nodes(*With, "ctes"))
      Inner.Names.push_back(ast::text(*Cte.Fields, "ctename").str());
  visitChildren(*N.Fields, Inner);
  record(N, Inner);
}

void QueryCollector::record(Node N, const Scope &S) {
  const Object &F = *N.Fields;
  Query Q;
  Q.InCte = S.InCte;
  Q.HasReturning = !ast::nodes(F, "returningList").empty() || ast::has(F, "returningClause"); // the latter from 18 on
  if (N.is("SelectStmt")) {
    Q.Kind = StatementKind::Select;
    if (!select(F, S, Q))
      return;
  } else if (N.is("InsertStmt")) {
    Q.Kind = StatementKind::Insert;
    insert(F, S, Q);
  } else if (N.is("UpdateStmt")) {
    Q.Kind = StatementKind::Update;
    updateOrDelete(F, "fromClause", S, Q);
    readAssignments(F, false, Q);
  } else if (N.is("DeleteStmt")) {
    Q.Kind = StatementKind::Delete;
    updateOrDelete(F, "usingClause", S, Q);
  } else {
    Q.Kind = StatementKind::Merge;
    merge(F, S, Q);
  }
  Found.push_back(std::move(Q));
}

Source QueryCollector::source(const Object &RangeVar) const {
  Source Result{tableOf(RangeVar), {}};
  if (const Object *Alias = ast::object(RangeVar, "alias"))
    Result.Alias = ast::text(*Alias, "aliasname").str();
  else
    Result.Alias = Result.Of.Name;
  return Result;
}

void QueryCollector::readFrom(Node Item, bool Outer, const Scope &S, FromClause &Out) const {
  if (!Item)
    return;
  const Object &F = *Item.Fields;
  if (Item.is("RangeVar")) {
    Source From = source(F);
    if (!From.Of.Schema.empty() || !S.isCte(From.Of.Name))
      Out.Tables.push_back(std::move(From));
  } else if (Item.is("RangeTableSample")) {
    readFrom(ast::node(F, "relation"), Outer, S, Out);
  } else if (Item.is("JoinExpr")) {
    bool IsOuter = Outer || ast::text(F, "jointype") != "JOIN_INNER";
    readFrom(ast::node(F, "larg"), Outer, S, Out);
    readFrom(ast::node(F, "rarg"), IsOuter, S, Out);
    Out.Conditions.push_back({ast::node(F, "quals"), ast::names(F, "usingClause"), IsOuter});
  }
}

/// What the columns of `Target` are qualified with: its alias, or its name when it has none.
void QueryCollector::readWhere(const Object &F, const FromClause &From, const Source &Target, Query &Q) const {
  PredicateReader Reader({Target.Alias}, Text);
  for (const JoinCondition &C : From.Conditions) {
    Reader.read(C.On, C.Outer, Q.Where);
    for (const std::string &Column : C.Using)
      Q.Where.push_back(Reader.usingColumn(Column, C.Outer));
  }
  Node Where = ast::node(F, "whereClause");
  Q.HasWhere |= static_cast<bool>(Where);
  Reader.read(Where, false, Q.Where);
}

void QueryCollector::readLocks(const Object &F, const FromClause &From, Query &Q) const {
  for (Node N : ast::nodes(F, "lockingClause")) {
    RowLock Lock;
    llvm::StringRef Policy = ast::text(*N.Fields, "waitPolicy");
    if (Policy == "LockWaitSkip")
      Lock.Policy = RowLock::Wait::SkipLocked;
    else if (Policy == "LockWaitError")
      Lock.Policy = RowLock::Wait::Nowait;
    llvm::StringRef Strength = ast::text(*N.Fields, "strength");
    Lock.ForUpdate = Strength == "LCS_FORUPDATE" || Strength == "LCS_FORNOKEYUPDATE";
    std::vector<Node> Named = ast::nodes(*N.Fields, "lockedRels");
    for (const Source &S : From.Tables)
      if (Named.empty() || llvm::any_of(Named, [&](Node Of) { return ast::text(*Of.Fields, "relname") == S.Alias; }))
        Lock.Of.push_back(S.Of);
    Q.Locks.push_back(std::move(Lock));
  }
}

/// False when the SELECT reads no table itself.
bool QueryCollector::select(const Object &F, const Scope &S, Query &Q) {
  FromClause From;
  for (Node Item : ast::nodes(F, "fromClause"))
    readFrom(Item, false, S, From);
  if (From.Tables.empty())
    return false;
  Q.Target = From.Tables.front().Of;
  for (const Source &Table : From.Tables)
    Q.Reads.push_back(Table.Of);
  readWhere(F, From, From.Tables.front(), Q);
  readLocks(F, From, Q);
  Q.HasLimit = static_cast<bool>(ast::node(F, "limitCount"));
  Q.HasOrderBy = !ast::nodes(F, "sortClause").empty();
  return true;
}

void QueryCollector::updateOrDelete(const Object &F, llvm::StringRef Others, const Scope &S, Query &Q) {
  Source Target;
  if (const Object *Relation = ast::object(F, "relation"))
    Target = source(*Relation);
  Q.Target = Target.Of;
  FromClause From;
  for (Node Item : ast::nodes(F, Others))
    readFrom(Item, false, S, From);
  for (const Source &Table : From.Tables)
    Q.Reads.push_back(Table.Of);
  readWhere(F, From, Target, Q);
}

/// The value of one column in `SET (a, b) = (1, $1)`.
Operand QueryCollector::multiAssigned(const Object &Ref) const {
  Node From = ast::node(Ref, "source");
  if (!From.is("RowExpr"))
    return {};
  std::vector<Node> Members = ast::nodes(*From.Fields, "args");
  size_t Column = ast::number(Ref, "colno");
  return Column >= 1 && Column <= Members.size() ? operandOf(Members[Column - 1], Text) : Operand();
}

void QueryCollector::readAssignments(const Object &F, bool OnConflict, Query &Q) const {
  for (Node Target : ast::nodes(F, "targetList")) {
    Assignment A;
    A.Column = ast::text(*Target.Fields, "name").str();
    A.OnConflict = OnConflict;
    Node Value = ast::node(*Target.Fields, "val");
    A.Value = Value.is("MultiAssignRef") ? multiAssigned(*Value.Fields) : operandOf(Value, Text);
    Q.Set.push_back(std::move(A));
  }
}

/// What an INSERT's SELECT or VALUES gives for each column; of several rows, what they have in common.
std::vector<Operand> QueryCollector::insertedValues(const Object &Select, size_t Columns) const {
  std::vector<Operand> Result(Columns);
  if (ast::has(Select, "valuesLists")) {
    std::vector<std::vector<Node>> Values;
    for (Node Row : ast::nodes(Select, "valuesLists"))
      Values.push_back(ast::nodes(*Row.Fields, "items"));
    for (size_t C = 0; C < Columns; ++C) {
      std::vector<Operand> OfRows;
      for (const std::vector<Node> &Row : Values)
        OfRows.push_back(operandOf(C < Row.size() ? Row[C] : Node(), Text));
      Result[C] = joinOperands(OfRows);
    }
    return Result;
  }
  std::vector<Node> Targets = ast::nodes(Select, "targetList");
  bool Star = llvm::any_of(Targets, [](Node T) {
    Node Value = ast::node(*T.Fields, "val");
    return Value.is("ColumnRef") && ast::lastName(*Value.Fields, "fields") == "*";
  });
  if (!Star)
    for (size_t C = 0; C < Columns && C < Targets.size(); ++C)
      Result[C] = operandOf(ast::node(*Targets[C].Fields, "val"), Text);
  return Result;
}

void QueryCollector::insert(const Object &F, const Scope &, Query &Q) {
  Source Target;
  if (const Object *Relation = ast::object(F, "relation"))
    Target = source(*Relation);
  Q.Target = Target.Of;
  std::vector<Node> Columns = ast::nodes(F, "cols");
  Node Select = ast::node(F, "selectStmt");
  std::vector<Operand> Values(Columns.size());
  if (Select.is("SelectStmt"))
    Values = insertedValues(*Select.Fields, Columns.size());
  for (size_t C = 0; C < Columns.size(); ++C)
    Q.Set.push_back({ast::text(*Columns[C].Fields, "name").str(), Values[C]});
  if (const Object *Conflict = ast::object(F, "onConflictClause")) {
    Q.OnConflict = true;
    readAssignments(*Conflict, true, Q);
    readWhere(*Conflict, {}, Target, Q);
  }
}

/// The join condition says which rows are meant; what the WHEN clauses ask for holds for some of them only.
void QueryCollector::merge(const Object &F, const Scope &S, Query &Q) {
  Source Target;
  if (const Object *Relation = ast::object(F, "relation"))
    Target = source(*Relation);
  Q.Target = Target.Of;
  FromClause From;
  readFrom(ast::node(F, "sourceRelation"), false, S, From);
  for (const Source &Table : From.Tables)
    Q.Reads.push_back(Table.Of);
  readWhere(F, From, Target, Q);
  PredicateReader Reader({Target.Alias}, Text);
  if (Node Join = ast::node(F, "joinCondition")) {
    Q.HasWhere = true;
    Reader.read(Join, false, Q.Where);
  }
  for (Node When : ast::nodes(F, "mergeWhenClauses")) {
    Reader.read(ast::node(*When.Fields, "condition"), true, Q.Where);
    llvm::StringRef Command = ast::text(*When.Fields, "commandType");
    if (Command == "CMD_UPDATE")
      readAssignments(*When.Fields, true, Q);
    if (Command != "CMD_INSERT")
      continue;
    std::vector<Node> Columns = ast::nodes(*When.Fields, "targetList");
    std::vector<Node> Values = ast::nodes(*When.Fields, "values");
    for (size_t C = 0; C < Columns.size(); ++C)
      Q.Set.push_back(
          {ast::text(*Columns[C].Fields, "name").str(), operandOf(C < Values.size() ? Values[C] : Node(), Text)});
  }
}

} // namespace

std::vector<Query> queriesIn(Node Root, llvm::StringRef Source) {
  QueryCollector Collector(Source);
  Collector.visit(Root, Scope());
  return std::move(Collector.Found);
}

} // namespace poolguard::sql
