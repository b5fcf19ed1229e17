//===- Predicates.cpp -------------------------------------------*- C++ -*-===//

#include "sql/Predicates.h"

#include <algorithm>

#include "llvm/ADT/STLExtras.h"

#include "LlvmVersion.h"
#include "sql/Operands.h"

namespace poolguard::sql {

using ast::Node;

/// The operator with its sides exchanged; empty when there is none.
static llvm::StringRef turned(llvm::StringRef Op) {
  return StringSwitch<llvm::StringRef>(Op)
      .Cases({"=", "<>", "is distinct from", "is not distinct from"}, Op)
      .Case("<", ">")
      .Case("<=", ">=")
      .Case(">", "<")
      .Case(">=", "<=")
      .Default("");
}

/// The operator that holds when `Op` doesn't; empty when there is none.
static llvm::StringRef opposite(llvm::StringRef Op) {
  return StringSwitch<llvm::StringRef>(Op)
      .Case("=", "<>")
      .Case("<>", "=")
      .Case("<", ">=")
      .Case(">=", "<")
      .Case(">", "<=")
      .Case("<=", ">")
      .Case("in", "not in")
      .Case("not in", "in")
      .Case("like", "not like")
      .Case("not like", "like")
      .Case("ilike", "not ilike")
      .Case("not ilike", "ilike")
      .Case("is null", "is not null")
      .Case("is not null", "is null")
      .Case("is true", "is not true")
      .Case("is not true", "is true")
      .Case("is false", "is not false")
      .Case("is not false", "is false")
      .Case("is distinct from", "is not distinct from")
      .Case("is not distinct from", "is distinct from")
      .Default("");
}

static bool isRow(Node N) { return N.is("RowExpr"); }
static std::vector<Node> rowMembers(Node N) { return ast::nodes(*N.Fields, "args"); }

bool PredicateReader::isTarget(llvm::StringRef Qualifier) const {
  return llvm::any_of(TargetNames, [&](const std::string &N) { return Qualifier == N; });
}

void PredicateReader::emit(Predicate P, Context C, std::vector<Predicate> &Out) const {
  P.UnderOr = C.MayNotHold;
  if (C.Negated) {
    llvm::StringRef Opposite = opposite(P.Op);
    if (Opposite.empty())
      P.UnderOr = true;
    else
      P.Op = Opposite.str();
  }
  Out.push_back(std::move(P));
}

void PredicateReader::read(Node Condition, bool MayNotHold, std::vector<Predicate> &Out) const {
  conjunct(Condition, {MayNotHold, false}, Out);
}

Predicate PredicateReader::usingColumn(llvm::StringRef Column, bool MayNotHold) const {
  Predicate P;
  P.Column = Column.str();
  P.Op = "=";
  P.Right = {OperandKind::Column, Column.str(), {Column.str()}};
  P.UnderOr = MayNotHold;
  return P;
}

void PredicateReader::conjunct(Node N, Context C, std::vector<Predicate> &Out) const {
  if (!N)
    return;
  const ast::Object &F = *N.Fields;
  if (N.is("BoolExpr"))
    return boolean(F, C, Out);
  if (N.is("A_Expr"))
    return expression(F, C, Out);
  if (N.is("SubLink"))
    return subLink(F, C, Out);
  if (N.is("NullTest"))
    return unary(ast::node(F, "arg"), ast::text(F, "nulltesttype") == "IS_NULL" ? "is null" : "is not null", C, Out);
  if (N.is("BooleanTest")) {
    std::string Op = ast::text(F, "booltesttype").lower(); // IS_NOT_TRUE
    std::replace(Op.begin(), Op.end(), '_', ' ');
    return unary(ast::node(F, "arg"), Op, C, Out);
  }
  if (N.is("ColumnRef"))
    return unary(N, "is true", C, Out);
}

void PredicateReader::boolean(const ast::Object &F, Context C, std::vector<Predicate> &Out) const {
  llvm::StringRef Op = ast::text(F, "boolop");
  if (Op == "NOT_EXPR")
    C.Negated = !C.Negated;
  else if ((Op == "OR_EXPR") != C.Negated) // not (a and b) is (not a) or (not b)
    C.MayNotHold = true;
  for (Node Arg : ast::nodes(F, "args"))
    conjunct(Arg, C, Out);
}

void PredicateReader::expression(const ast::Object &F, Context C, std::vector<Predicate> &Out) const {
  llvm::StringRef Kind = ast::text(F, "kind");
  std::string Written = ast::lastName(F, "name");
  Node Left = ast::node(F, "lexpr"), Right = ast::node(F, "rexpr");
  if (Kind.contains("BETWEEN"))
    return between(F, Kind, C, Out);
  std::string Op = Written;
  if (Kind == "AEXPR_OP_ANY")
    Op = Written == "=" ? "in" : Written + " any";
  else if (Kind == "AEXPR_OP_ALL")
    Op = Written == "<>" ? "not in" : Written + " all";
  else if (Kind == "AEXPR_IN")
    Op = Written == "=" ? "in" : "not in";
  else if (Kind == "AEXPR_DISTINCT")
    Op = "is distinct from";
  else if (Kind == "AEXPR_NOT_DISTINCT")
    Op = "is not distinct from";
  else if (Kind == "AEXPR_LIKE")
    Op = Written.starts_with("!") ? "not like" : "like";
  else if (Kind == "AEXPR_ILIKE")
    Op = Written.starts_with("!") ? "not ilike" : "ilike";
  else if (Kind == "AEXPR_SIMILAR")
    Op = Written.starts_with("!") ? "not similar to" : "similar to";
  if (isRow(Left))
    return rows(Left, Op, Right, C, Out);
  compare(Left, Op, Right, C, Out);
}

void PredicateReader::between(const ast::Object &F, llvm::StringRef Kind, Context C,
                              std::vector<Predicate> &Out) const {
  Node Left = ast::node(F, "lexpr"), Right = ast::node(F, "rexpr");
  std::vector<Node> Bounds = Right.is("List") ? ast::nodes(*Right.Fields, "items") : std::vector<Node>();
  if (Bounds.size() != 2)
    return;
  bool Not = Kind.contains("NOT_BETWEEN") != C.Negated;
  // Outside is below one bound or above the other; SYMMETRIC leaves open which is which.
  C.MayNotHold |= Not || Kind.ends_with("_SYM");
  C.Negated = false;
  compare(Left, Not ? "<" : ">=", Bounds[0], C, Out);
  compare(Left, Not ? ">" : "<=", Bounds[1], C, Out);
}

void PredicateReader::subLink(const ast::Object &F, Context C, std::vector<Predicate> &Out) const {
  llvm::StringRef Kind = ast::text(F, "subLinkType");
  Node Left = ast::node(F, "testexpr");
  if (!Left || (Kind != "ANY_SUBLINK" && Kind != "ALL_SUBLINK"))
    return;
  std::string Written = ast::lastName(F, "operName");
  std::string Op = "in";
  if (Kind == "ALL_SUBLINK")
    Op = Written == "<>" ? "not in" : Written + " all";
  else if (!Written.empty() && Written != "=")
    Op = Written + " any";
  if (isRow(Left))
    return rows(Left, Op, Node(), C, Out);
  compare(Left, Op, Node(), C, Out);
}

/// Compares rows member by member. Equality of rows is equality of all members; of any other comparison it isn't known
/// which members it is true of.
void PredicateReader::rows(Node Left, llvm::StringRef Op, Node Right, Context C, std::vector<Predicate> &Out) const {
  std::vector<Node> Members = rowMembers(Left);
  bool Equality = Op == "=" || Op == "in" || Op == "is not distinct from";
  C.MayNotHold |= !Equality || C.Negated;
  std::vector<Node> Items = Right.is("List") ? ast::nodes(*Right.Fields, "items") : std::vector<Node>();
  for (size_t I = 0; I < Members.size(); ++I) {
    if (isRow(Right)) {
      std::vector<Node> Others = rowMembers(Right);
      compare(Members[I], Op, I < Others.size() ? Others[I] : Node(), C, Out);
      continue;
    }
    size_t Before = Out.size();
    compare(Members[I], Op, Node(), C, Out);
    std::vector<Operand> Values;
    for (Node Item : Items) {
      std::vector<Node> Row = isRow(Item) ? rowMembers(Item) : std::vector<Node>();
      Values.push_back(operandOf(I < Row.size() ? Row[I] : Node(), Source));
    }
    for (size_t P = Before; P < Out.size(); ++P)
      Out[P].Right = joinOperands(Values);
  }
}

/// One side of a comparison.
struct PredicateReader::Side {
  Node Expression;
  std::optional<ColumnName> Column;
  std::vector<ColumnUse> Uses;

  explicit Side(Node N) : Expression(N), Column(asColumn(N)), Uses(columnsIn(N)) {}
};

void PredicateReader::compare(Node LeftNode, llvm::StringRef Op, Node RightNode, Context C,
                              std::vector<Predicate> &Out) const {
  Side Left(LeftNode), Right(RightNode);
  bool Turn = !turned(Op).empty() && [&] {
    if (Left.Column && Right.Column) // the target's on the left
      return !isTarget(Left.Column->Qualifier) &&
             (isTarget(Right.Column->Qualifier) ||
              (isOther(Left.Column->Qualifier) && Right.Column->Qualifier.empty()));
    if (Left.Column || Right.Column)
      return !Left.Column;
    return Left.Uses.empty();
  }();
  if (Turn) {
    std::swap(Left, Right);
    Op = turned(Op);
  }
  Predicate P;
  P.Op = Op.str();
  P.Right = operandOf(Right.Expression, Source);
  if (Left.Column) {
    P.Column = Left.Column->Name;
    P.OtherTable = isOther(Left.Column->Qualifier);
    emit(std::move(P), C, Out);
    return;
  }
  // `now() - lock_until > $1` says that lock_until is less than some time before now.
  if (mentionsNow(Left.Expression))
    P.Right.Kind = OperandKind::Now, P.Right.Text.clear();
  std::vector<std::string> Done;
  for (const ColumnUse &U : Left.Uses) {
    if (llvm::is_contained(Done, U.Column.Name))
      continue;
    Done.push_back(U.Column.Name);
    Predicate Q = P;
    Q.Column = U.Column.Name;
    Q.InExpression = true;
    Q.OtherTable = isOther(U.Column.Qualifier);
    if (U.Falls && !turned(Op).empty())
      Q.Op = turned(Op).str();
    emit(std::move(Q), C, Out);
  }
}

void PredicateReader::unary(Node Arg, llvm::StringRef Op, Context C, std::vector<Predicate> &Out) const {
  if (isRow(Arg)) {
    for (Node Member : rowMembers(Arg))
      unary(Member, Op, C, Out);
    return;
  }
  Predicate P;
  P.Op = Op.str();
  if (std::optional<ColumnName> Column = asColumn(Arg)) {
    P.Column = Column->Name;
    P.OtherTable = isOther(Column->Qualifier);
    emit(std::move(P), C, Out);
    return;
  }
  if (Op == "is true" || Op == "is not false") // (a = 1) IS TRUE
    return conjunct(Arg, C, Out);
  if (Op == "is false" || Op == "is not true") {
    C.Negated = !C.Negated;
    return conjunct(Arg, C, Out);
  }
  for (ColumnUse &U : columnsIn(Arg)) {
    Predicate Q = P;
    Q.Column = std::move(U.Column.Name);
    Q.InExpression = true;
    Q.OtherTable = isOther(U.Column.Qualifier);
    emit(std::move(Q), C, Out);
  }
}

} // namespace poolguard::sql
