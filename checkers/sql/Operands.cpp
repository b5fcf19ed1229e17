//===- Operands.cpp ---------------------------------------------*- C++ -*-===//

#include "sql/Operands.h"

#include <tuple>

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include "LlvmVersion.h"

namespace poolguard::sql {

using ast::Node;

Node stripCasts(Node N) {
  while (N.is("TypeCast") || N.is("CollateClause"))
    N = ast::node(*N.Fields, "arg");
  return N;
}

std::optional<ColumnName> asColumn(Node N) {
  N = stripCasts(N);
  if (!N.is("ColumnRef"))
    return std::nullopt;
  std::vector<std::string> Names = ast::names(*N.Fields, "fields");
  if (Names.empty() || Names.back() == "*")
    return std::nullopt;
  ColumnName Result;
  Result.Name = Names.back();
  if (Names.size() > 1)
    Result.Qualifier = Names[Names.size() - 2];
  return Result;
}

static bool isNowFunction(llvm::StringRef Name) {
  return StringSwitch<bool>(Name)
      .Cases({"now", "clock_timestamp", "statement_timestamp", "transaction_timestamp", "timeofday"}, true)
      .Default(false);
}

/// The constant 'now' as a point in time.
static bool isNowLiteral(Node Cast) {
  Node Arg = ast::node(*Cast.Fields, "arg");
  const ast::Object *Value = Arg.is("A_Const") ? ast::object(*Arg.Fields, "sval") : nullptr;
  const ast::Object *Type = ast::object(*Cast.Fields, "typeName");
  if (!Value || !Type || !ast::text(*Value, "sval").trim().equals_insensitive("now"))
    return false;
  std::string Name = ast::lastName(*Type, "names");
  return Name == "timestamp" || Name == "timestamptz" || Name == "date" || Name == "time" || Name == "timetz";
}

static bool isNowItself(Node N) {
  if (N.is("FuncCall"))
    return isNowFunction(ast::lastName(*N.Fields, "funcname"));
  if (N.is("TypeCast"))
    return isNowLiteral(N);
  if (!N.is("SQLValueFunction"))
    return false;
  llvm::StringRef Op = ast::text(*N.Fields, "op");
  return Op.starts_with("SVFOP_CURRENT_TIME") || Op.starts_with("SVFOP_LOCALTIME") || Op == "SVFOP_CURRENT_DATE";
}

/// now() and its like, with a time zone or an interval at most.
static bool isNow(Node N) {
  if (!N)
    return false;
  if (isNowItself(N))
    return true;
  if (N.is("TypeCast") || N.is("CollateClause"))
    return isNow(ast::node(*N.Fields, "arg"));
  if (N.is("FuncCall") && ast::lastName(*N.Fields, "funcname") == "timezone")
    return llvm::any_of(ast::nodes(*N.Fields, "args"), isNow);
  if (!N.is("A_Expr") || ast::text(*N.Fields, "kind") != "AEXPR_OP")
    return false;
  std::string Op = ast::lastName(*N.Fields, "name");
  if (Op == "+")
    return isNow(ast::node(*N.Fields, "lexpr")) || isNow(ast::node(*N.Fields, "rexpr"));
  // A difference of two points in time is a duration.
  return Op == "-" && isNow(ast::node(*N.Fields, "lexpr")) && !isNow(ast::node(*N.Fields, "rexpr"));
}

bool mentionsNow(Node N) {
  if (!N || N.is("SelectStmt"))
    return false;
  if (isNowItself(N))
    return true;
  bool Found =
      N.is("FuncCall") && ast::lastName(*N.Fields, "funcname") == "age" && ast::nodes(*N.Fields, "args").size() == 1;
  ast::forEachChild(*N.Fields, [&](Node Child) { Found = Found || mentionsNow(Child); });
  return Found;
}

namespace {

struct LocatedColumn {
  long long Location;
  ColumnUse Use;
};

void collectColumns(Node N, bool Falls, std::vector<LocatedColumn> &Out) {
  if (!N || N.is("SelectStmt"))
    return;
  if (N.is("ColumnRef")) {
    if (std::optional<ColumnName> C = asColumn(N))
      Out.push_back({ast::location(*N.Fields), {*C, Falls}});
    return;
  }
  if (N.is("A_Expr") && ast::text(*N.Fields, "kind") == "AEXPR_OP" && ast::lastName(*N.Fields, "name") == "-") {
    collectColumns(ast::node(*N.Fields, "lexpr"), Falls, Out);
    collectColumns(ast::node(*N.Fields, "rexpr"), !Falls, Out);
    return;
  }
  if (N.is("FuncCall") && ast::lastName(*N.Fields, "funcname") == "age") {
    std::vector<Node> Args = ast::nodes(*N.Fields, "args");
    for (size_t I = 0; I < Args.size(); ++I) // age(a, b) is a - b, age(b) is current_date - b
      collectColumns(Args[I], Falls != (I + 1 == Args.size()), Out);
    return;
  }
  ast::forEachChild(*N.Fields, [&](Node Child) { collectColumns(Child, Falls, Out); });
}

} // namespace

std::vector<ColumnUse> columnsIn(Node N) {
  std::vector<LocatedColumn> Found;
  collectColumns(N, false, Found);
  llvm::sort(Found, [](const LocatedColumn &A, const LocatedColumn &B) {
    return std::tie(A.Location, A.Use.Column.Name) < std::tie(B.Location, B.Use.Column.Name);
  });
  std::vector<ColumnUse> Result;
  for (LocatedColumn &L : Found)
    Result.push_back(std::move(L.Use));
  return Result;
}

/// libpg_query leaves out the value of a negative integer; it stands in the text.
static std::string integerAt(const ast::Object &Const, const ast::Object &Value, llvm::StringRef Source) {
  if (ast::has(Value, "ival"))
    return llvm::itostr(ast::number(Value, "ival"));
  long long At = ast::location(Const);
  if (At < 0 || At >= static_cast<long long>(Source.size()) || Source[At] != '-')
    return "0";
  llvm::StringRef Digits = Source.substr(At + 1).ltrim();
  return "-" + Digits.take_while([](char C) { return llvm::isDigit(C) || C == '_'; }).str();
}

std::optional<std::string> constantOf(Node N, llvm::StringRef Source) {
  N = stripCasts(N);
  if (!N.is("A_Const") || ast::flag(*N.Fields, "isnull"))
    return std::nullopt;
  const ast::Object &F = *N.Fields;
  if (const ast::Object *V = ast::object(F, "sval"))
    return ast::text(*V, "sval").str();
  if (const ast::Object *V = ast::object(F, "ival"))
    return integerAt(F, *V, Source);
  if (const ast::Object *V = ast::object(F, "fval"))
    return ast::text(*V, "fval").str();
  if (const ast::Object *V = ast::object(F, "bsval"))
    return ast::text(*V, "bsval").str();
  if (const ast::Object *V = ast::object(F, "boolval"))
    return ast::flag(*V, "boolval") ? "true" : "false";
  return std::string();
}

bool isNullConstant(Node N) {
  N = stripCasts(N);
  return N.is("A_Const") && ast::flag(*N.Fields, "isnull");
}

std::optional<bool> booleanConstantOf(Node N, llvm::StringRef Source) {
  std::optional<std::string> Text = constantOf(N, Source);
  if (!Text)
    return std::nullopt;
  std::string Word = llvm::StringRef(*Text).trim().lower();
  return StringSwitch<std::optional<bool>>(Word)
      .Cases({"t", "tr", "tru", "true", "y", "ye", "yes", "on", "1"}, true)
      .Cases({"f", "fa", "fal", "fals", "false", "n", "no", "of", "off", "0"}, false)
      .Default(std::nullopt);
}

static void addColumns(Operand &O, Node N) {
  for (ColumnUse &U : columnsIn(N))
    if (!llvm::is_contained(O.Columns, U.Column.Name))
      O.Columns.push_back(std::move(U.Column.Name));
}

Operand joinOperands(const std::vector<Operand> &Members) {
  if (Members.empty())
    return {};
  Operand Result = Members.front();
  for (const Operand &M : llvm::drop_begin(Members)) {
    if (M.Kind != Result.Kind)
      Result.Kind = OperandKind::Expression;
    if (!M.Text.empty())
      Result.Text += ", " + M.Text;
    for (const std::string &C : M.Columns)
      if (!llvm::is_contained(Result.Columns, C))
        Result.Columns.push_back(C);
  }
  if (Result.Kind == OperandKind::Expression)
    Result.Text.clear();
  return Result;
}

static Operand operandOfAll(const std::vector<Node> &Members, llvm::StringRef Source) {
  std::vector<Operand> Operands;
  for (Node M : Members)
    Operands.push_back(operandOf(M, Source));
  return joinOperands(Operands);
}

Operand operandOf(Node N, llvm::StringRef Source) {
  Operand Result;
  if (!N)
    return Result;
  if (isNow(N)) {
    Result.Kind = OperandKind::Now;
    addColumns(Result, N);
    return Result;
  }
  N = stripCasts(N);
  if (!N)
    return Result;
  if (N.is("List"))
    return operandOfAll(ast::nodes(*N.Fields, "items"), Source);
  if (N.is("A_ArrayExpr"))
    return operandOfAll(ast::nodes(*N.Fields, "elements"), Source);
  if (isNullConstant(N)) {
    Result.Kind = OperandKind::Null;
  } else if (std::optional<std::string> Text = constantOf(N, Source)) {
    Result.Kind = OperandKind::Constant;
    Result.Text = std::move(*Text);
  } else if (N.is("ParamRef")) {
    Result.Kind = OperandKind::Parameter;
    Result.Text = llvm::itostr(ast::number(*N.Fields, "number"));
  } else if (std::optional<ColumnName> C = asColumn(N)) {
    Result.Kind = OperandKind::Column;
    Result.Text = C->Name;
    Result.Columns.push_back(std::move(C->Name));
  } else {
    addColumns(Result, N);
  }
  return Result;
}

} // namespace poolguard::sql
