#include "extract/Flow/TextTransactions.h"

#include "clang/AST/ExprCXX.h"

#include "extract/Flow/Places.h"
#include "sql/BlockControl.h"

using namespace clang;

namespace poolguard {

struct TextTransactionFlow::Sent {
  const Expr *Connection = nullptr;
  Value On; // what is known of the connection
  unsigned Site = 0;
  sql::BlockControl Leaves = sql::BlockControl::None;
};

static const FunctionDecl *callee(const Expr &E) {
  if (const auto *Call = dyn_cast<CallExpr>(&E))
    return Call->getDirectCallee();
  const auto *Made = dyn_cast<CXXConstructExpr>(&E);
  return Made ? Made->getConstructor() : nullptr;
}

static llvm::ArrayRef<const Expr *> arguments(const Expr &E) {
  if (const auto *Call = dyn_cast<CallExpr>(&E))
    return llvm::ArrayRef(const_cast<const Expr *const *>(Call->getArgs()), Call->getNumArgs());
  const auto *Made = dyn_cast<CXXConstructExpr>(&E);
  return Made ? llvm::ArrayRef(const_cast<const Expr *const *>(Made->getArgs()), Made->getNumArgs())
              : llvm::ArrayRef<const Expr *>();
}

static const Expr *objectOf(const Expr &E) {
  const auto *Member = dyn_cast<CXXMemberCallExpr>(&E);
  return Member ? Member->getImplicitObjectArgument() : nullptr;
}

static bool isThis(const Expr *E) { return E && isa<CXXThisExpr>(plain(E)); }

/// What is known of the text starts with it, so the statement's kind is known.
static sql::BlockControl controlOf(const Value &Text) {
  if (Text.K == Value::Kind::Text)
    return sql::blockControl(Text.Name);
  if (Text.K != Value::Kind::Concat || Text.Parts.front().K != Value::Kind::Text)
    return sql::BlockControl::Unknown;
  return sql::blockControl(Text.Parts.front().Name) == sql::BlockControl::None ? sql::BlockControl::None
                                                                               : sql::BlockControl::Unknown;
}

/// The statement that `E` sends; nothing when it sends none, or sends each on any connection of a pool.
std::optional<TextTransactionFlow::Sent> TextTransactionFlow::sent(const Expr &E) const {
  auto Site = SiteOf.find(&E);
  const FunctionDecl *Callee = Site == SiteOf.end() ? nullptr : callee(E);
  const FunctionRoles Roles = Callee ? Tu.Roles.of(*Callee) : FunctionRoles();
  if (!Roles.Executes || Roles.Executes->Autocommit)
    return std::nullopt;
  Sent Out;
  Out.Site = Site->second;
  auto Given = [&](unsigned Index) {
    const std::vector<Value> &Arguments = F.Sites[Out.Site].Arguments;
    return Index < Arguments.size() ? Arguments[Index] : Value();
  };
  Out.Connection = objectOf(E);
  Out.On = F.Sites[Out.Site].Object;
  if (std::optional<unsigned> Index = Roles.Executes->ConnectionArgument) {
    Out.Connection = *Index < arguments(E).size() ? arguments(E)[*Index] : nullptr;
    Out.On = Given(*Index);
  }
  if (!Out.Connection)
    return std::nullopt;
  if (std::optional<unsigned> Text = Roles.Executes->Sql)
    Out.Leaves = controlOf(Given(*Text));
  return Out;
}

TextTransactionFlow::TextTransactionFlow(TuContext &Tu, const FunctionDecl &D, const ExprIndex &SiteOf, Function &F)
    : Tu(Tu), SiteOf(SiteOf), F(F), End(Tu.Name.location(D.getBody()->getEndLoc())),
      Silent(D.getReturnType()->isVoidType() && !isa<CXXDestructorDecl>(D)) {
  std::vector<const Expr *> InOrder(F.Sites.size());
  for (const auto &[E, Site] : SiteOf)
    InOrder[Site] = E;
  for (const Expr *E : InOrder) {
    std::optional<Sent> S = E ? sent(*E) : std::nullopt;
    if (!S || S->Leaves == sql::BlockControl::None)
      continue;
    int At = thing(S->Connection);
    if (At < 0 && S->Leaves == sql::BlockControl::Opens && (namedBy(S->Connection) || isThis(S->Connection))) {
      Thing New;
      New.Connection = namedBy(S->Connection);
      New.Name = New.Connection ? New.Connection->getNameAsString() : "this";
      New.Begin = F.Sites[S->Site].At;
      New.On = S->On;
      if (const auto *Var = dyn_cast_or_null<VarDecl>(New.Connection); Var && Var->hasLocalStorage())
        Variables.push_back(Var);
      Things.push_back(std::move(New));
    } else if (At >= 0 && S->Leaves == sql::BlockControl::Ends) {
      Things[At].Ends = true;
    }
  }
}

int TextTransactionFlow::thing(const Expr *Connection) const {
  const ValueDecl *Named = namedBy(Connection);
  for (size_t I = 0; I < Things.size(); ++I)
    if (Things[I].Connection == Named && (Named || isThis(Connection)))
      return static_cast<int>(I);
  return -1;
}

void TextTransactionFlow::noteSite(unsigned Index, const FlowState &State, int Ending) {
  for (size_t I = 0; I < Things.size(); ++I) {
    Thing &T = Things[I];
    // COMMIT is no more a part of it than commit() is.
    if ((State[I] & (None | Unknown)) || static_cast<int>(I) == Ending)
      continue;
    if (T.Scope == ~0u) {
      CodeScope Scope;
      Scope.K = CodeScope::Kind::Transaction;
      Scope.At = T.Begin;
      Scope.Entity = T.Connection ? SharedText(Tu.Name.usr(*T.Connection)) : F.Usr;
      Scope.Name = T.Name;
      Scope.ByText = true;
      Scope.Connection = T.On;
      T.Scope = F.Scopes.size();
      F.Scopes.push_back(std::move(Scope));
    }
    F.Sites[Index].Scopes.push_back(T.Scope);
  }
}

/// Library calls that look at a connection (PQstatus, PQerrorMessage) end nothing on it.
static bool onlyLooks(const FunctionDecl *Callee) {
  return Callee && Callee->isExternC() && Callee->getIdentifier() && Callee->getName().starts_with("PQ") &&
         Callee->getName() != "PQfinish" && !Callee->getName().starts_with("PQreset");
}

/// What is given the connection, and runs no statement by its role, may end the transaction or close the connection.
void TextTransactionFlow::share(const Expr &E, FlowState &State) {
  const FunctionDecl *Callee = callee(E);
  const auto *Operator = dyn_cast<CXXOperatorCallExpr>(&E);
  if ((!Callee && !isa<CallExpr>(E)) || onlyLooks(Callee) || (Operator && !Operator->isAssignmentOp()))
    return;
  auto Give = [&](const Expr *Operand) {
    int I = Operand ? thing(Operand) : -1;
    if (I < 0)
      return;
    Things[I].Guarded |= isa<CXXConstructExpr>(E);
    if (!(State[I] & None))
      State[I] = Shared | (State[I] & Unknown);
  };
  for (const Expr *Argument : arguments(E))
    Give(Argument);
  // `conn->`, `conn.get()`: the object of what comes next.
  if (const auto *Method = dyn_cast_or_null<CXXMethodDecl>(Callee); !Method || !Method->getParent()->isInStdNamespace())
    Give(objectOf(E));
}

/// When it runs, and what it does there, isn't followed.
void TextTransactionFlow::capture(const LambdaExpr &E, FlowState &State) {
  for (const LambdaCapture &Capture : E.captures())
    for (size_t I = 0; I < Things.size(); ++I) {
      const ValueDecl *On = Things[I].Connection;
      bool Captured = Capture.capturesVariable() ? Capture.getCapturedVar() == On
                                                 : Capture.capturesThis() && (!On || isa<FieldDecl>(On));
      if (!Captured)
        continue;
      Things[I].Guarded = true;
      if (!(State[I] & None))
        State[I] = Unknown;
    }
}

void TextTransactionFlow::evaluated(const Expr &E, FlowState &State, bool Report) {
  std::optional<Sent> S = sent(E);
  const int On = S ? thing(S->Connection) : -1;
  if (auto Site = SiteOf.find(&E); Report && Site != SiteOf.end())
    noteSite(Site->second, State, S && S->Leaves == sql::BlockControl::Ends ? On : -1);
  if (!S) {
    share(E, State);
    if (const auto *Lambda = dyn_cast<LambdaExpr>(&E))
      capture(*Lambda, State);
    const auto *Assigned = dyn_cast<BinaryOperator>(&E);
    if (int I = Assigned && Assigned->isAssignmentOp() ? thing(Assigned->getLHS()) : -1; I >= 0)
      State[I] = Unknown;
    return;
  }
  if (On < 0)
    return;
  switch (S->Leaves) {
  case sql::BlockControl::Opens: State[On] = Begun; return;
  case sql::BlockControl::Ends: State[On] = None; return;
  case sql::BlockControl::Unknown: State[On] = Unknown; return;
  case sql::BlockControl::None:
    if (State[On] == Begun)
      State[On] = Used;
    return;
  }
}

/// The connection goes, and the transaction with it.
void TextTransactionFlow::destroyed(const VarDecl &Var, FlowState &State, bool, bool) {
  for (size_t I = 0; I < Things.size(); ++I)
    if (Things[I].Connection == &Var && !Var.getType()->isPointerType() && !Var.getType()->isReferenceType())
      State[I] = None;
}

/// Where BEGIN itself has failed there is nothing to end; a result may tell the caller to roll back.
void TextTransactionFlow::returned(const ReturnStmt *Return, const FlowState &State) {
  for (size_t I = 0; I < Things.size(); ++I) {
    if (State[I] != Used || !Things[I].Ends || Things[I].Guarded || !Silent)
      continue;
    FlowFact Fact;
    Fact.K = FlowFact::Kind::ReturnsOpen;
    Fact.At = Things[I].Begin;
    Fact.Related = Return ? Tu.Name.location(Return->getReturnLoc()) : End;
    Fact.Entity = Things[I].Connection ? SharedText(Tu.Name.usr(*Things[I].Connection)) : F.Usr;
    Fact.Name = Things[I].Name;
    F.Flow.push_back(std::move(Fact));
  }
}

} // namespace poolguard
