//===- BodyWalker.cpp - Statements, and what they do to variables ----------===//

#include "extract/BodyWalker.h"

#include <algorithm>

#include "LlvmVersion.h"
#include "extract/Accesses.h"
#include "extract/AstVisitor.h"
#include "extract/Flow/Flow.h"
#include "extract/KnownFunctions.h"
#include "extract/ResultUses.h"
#include "extract/RetryLoop.h"
#include "extract/TuWalker.h"

using namespace clang;

namespace poolguard {

void BodyWalker::walkFunction(const FunctionDecl &D, const Environment *Outer, llvm::StringRef ThisOf) {
  if (Outer)
    Env = *Outer;
  ThisFunction = ThisOf.empty() ? F.Usr.str() : ThisOf.str();
  Walked = &D;
  for (const ParmVarDecl *P : D.parameters())
    Env[P] = Value::parameter(F.Usr, static_cast<int>(P->getFunctionScopeIndex()));
  if (FirstParameterIsTransaction && D.getNumParams() > 0) {
    Handle = D.getParamDecl(0);
    Env[Handle] = Value::connection(Lane::Tx);
  }

  if (const auto *Constructor = dyn_cast<CXXConstructorDecl>(&D)) {
    for (const CXXCtorInitializer *Init : Constructor->inits()) {
      Value V = eval(Init->getInit());
      if (Init->getAnyMember())
        promiseLane(*Init->getAnyMember(), Init->getInit());
      if (const FieldDecl *Field = Init->getAnyMember(); Field && V.known())
        Tu.Summary.FieldBindings.emplace_back(Tu.Name.usr(*Field), std::move(V));
    }
  }
  QualType Made = D.getReturnType();
  if (const auto *Constructor = dyn_cast<CXXConstructorDecl>(&D))
    Made = tagType(Tu.Ast, Constructor->getParent());
  const TypeRoles &MadeRoles = Tu.Roles.of(Made);
  F.MakesConnection = MadeRoles.IsConnection.value_or(false) || MadeRoles.On.value_or(Lane::Unknown) != Lane::Unknown;
  walk(D.getBody());
  readAccesses(Tu, D, F, AccessOf);
  analyseFlow(Tu, D, SiteOf, AccessOf, F);
  readResultUses(Tu, D, SiteOf, F);
  if (!Returned.empty())
    F.Returns = Value::choice(std::move(Returned));
}

void BodyWalker::walkInitializer(const VarDecl &D) { eval(D.getInit()); }

Value BodyWalker::constant(TuContext &Tu, const VarDecl &D) {
  Function Scratch;
  BodyWalker Walker(Tu, Scratch);
  Walker.Quiet = true;
  return Walker.eval(D.getAnyInitializer());
}

void BodyWalker::join(const Environment &Other) {
  for (auto &[Var, V] : Env) {
    auto At = Other.find(Var);
    if (At != Other.end() && !(At->second == V))
      V = Value::choice({std::move(V), At->second});
  }
}

void BodyWalker::walkIf(const IfStmt &If) {
  walk(If.getInit());
  if (If.getConditionVariable())
    walk(If.getConditionVariableDeclStmt());
  eval(If.getCond());
  Environment Before = Env;
  walk(If.getThen());
  std::swap(Env, Before);
  walk(If.getElse());
  join(Before);
}

namespace {
/// The local variables that a piece of code assigns.
struct AssignedVariables : DynamicRecursiveASTVisitor {
  llvm::SmallVector<const VarDecl *, 8> Found;

  void note(const Expr *Target) {
    if (const auto *Ref = dyn_cast<DeclRefExpr>(Target->IgnoreParenImpCasts()))
      if (const auto *Var = dyn_cast<VarDecl>(Ref->getDecl()))
        Found.push_back(Var);
  }
  bool VisitBinaryOperator(BinaryOperator *Op) override {
    if (Op->isAssignmentOp())
      note(Op->getLHS());
    return true;
  }
  bool VisitCXXOperatorCallExpr(CXXOperatorCallExpr *Op) override {
    if (Op->isAssignmentOp() && Op->getNumArgs() > 0)
      note(Op->getArg(0));
    return true;
  }
  bool VisitCXXMemberCallExpr(CXXMemberCallExpr *Call) override {
    const CXXMethodDecl *Method = Call->getMethodDecl();
    if (Method && Method->getIdentifier() && (Method->getName() == "append" || Method->getName() == "assign"))
      note(Call->getImplicitObjectArgument());
    return true;
  }
};
} // namespace

void BodyWalker::forgetAssigned(const Stmt *S) {
  if (!S)
    return;
  AssignedVariables Assigned;
  Assigned.TraverseStmt(const_cast<Stmt *>(S));
  for (const VarDecl *Var : Assigned.Found) {
    auto At = Env.find(Var);
    if (At == Env.end() || !At->second.known())
      continue;
    At->second = isStringLike(Var->getType()) ? Value::concat({At->second, Value::hole()}) : At->second;
  }
}

std::pair<unsigned, unsigned> BodyWalker::enterLoop(const Stmt &Loop) {
  unsigned From = Tu.Name.location(Loop.getBeginLoc()).Offset, To = Tu.Name.location(Loop.getEndLoc()).Offset;
  return std::exchange(InLoop, {From, std::max(From, To) + 1});
}

void BodyWalker::walkLoop(const Stmt &Loop, std::initializer_list<const Stmt *> Before,
                          std::initializer_list<const Stmt *> Repeated) {
  for (const Stmt *S : Before)
    walk(S);
  std::optional<CodeScope> Retry = retryLoop(Tu, Loop);
  if (Retry) {
    OpenScopes.push_back(F.Scopes.size());
    F.Scopes.push_back(std::move(*Retry));
  }
  for (const Stmt *S : Repeated)
    forgetAssigned(S);
  ++Conditional;
  auto Outer = enterLoop(Loop);
  for (const Stmt *S : Repeated)
    walk(S);
  InLoop = Outer;
  --Conditional;
  if (Retry)
    OpenScopes.pop_back();
}

void BodyWalker::walkTry(const CXXTryStmt &Try) {
  OpenScopes.push_back(F.Scopes.size());
  F.Scopes.push_back(tryScope(Tu, Try));
  ++Conditional;
  walk(Try.getTryBlock());
  OpenScopes.pop_back();
  for (unsigned I = 0; I < Try.getNumHandlers(); ++I)
    walk(Try.getHandler(I)->getHandlerBlock());
  --Conditional;
}

/// A subtransaction is a part of the transaction that it is opened on.
static bool openedOnTransaction(TuContext &Tu, const VarDecl &Var) {
  const auto *Made = dyn_cast<CXXConstructExpr>(Var.getInit()->IgnoreImplicit());
  unsigned Index = Tu.Roles.of(Var.getType()).TransactionOn.value_or(0);
  return Made && Index < Made->getNumArgs() && Tu.Roles.of(Made->getArg(Index)->getType()).TransactionOn;
}

void BodyWalker::walkDeclaration(const Decl &D) {
  if (const auto *Var = dyn_cast<VarDecl>(&D)) {
    if (!Var->hasInit()) {
      Env[Var] = isStringLike(Var->getType()) ? Value::text("") : Value();
      return;
    }
    Value V = eval(Var->getInit());
    promiseLane(*Var, Var->getInit());
    initialises(*Var);
    if (Lane L = Tu.Roles.laneOf(*Var); L != Lane::Unknown && !(V.K == Value::Kind::Connection && V.On == Lane::Tx))
      V = Value::connection(L);
    const TypeRoles &Type = Tu.Roles.of(Var->getType());
    if (V.K == Value::Kind::Connection && V.On != Lane::Tx && V.Name.empty())
      V.Name = Tu.Name.usr(*Var);
    else if (!V.known() && Type.IsConnection.value_or(false))
      V = Value::named(Value::Kind::Global, Tu.Name.usr(*Var)); // whatever it is, two uses of it are of one connection
    if (Type.TransactionOn && !Var->getType()->isReferenceType() && !Var->getType()->isPointerType() &&
        !openedOnTransaction(Tu, *Var)) {
      std::string Usr = Tu.Name.usr(*Var);
      if (!Quiet)
        F.Opens.push_back({Usr, Var->getNameAsString(), Tu.Name.location(Var->getLocation()),
                           Type.Autocommit.value_or(false) || Tu.Roles.makesAutocommit(Var->getInit()), OpenScopes, V});
      V = Value::transaction(Usr, std::move(V));
    }
    Env[Var] = std::move(V);
    return;
  }
  if (const auto *Record = dyn_cast<CXXRecordDecl>(&D); Record && !Quiet)
    walkContext(Tu, *Record);
}

void BodyWalker::walk(const Stmt *S) {
  if (!S)
    return;
  switch (S->getStmtClass()) {
  case Stmt::CompoundStmtClass: {
    unsigned Outer = std::exchange(BlockTo, Tu.Name.location(S->getEndLoc()).Offset);
    for (const Stmt *Child : cast<CompoundStmt>(S)->body())
      walk(Child);
    BlockTo = Outer;
    return;
  }
  case Stmt::DeclStmtClass:
    for (const Decl *D : cast<DeclStmt>(S)->decls())
      walkDeclaration(*D);
    return;
  case Stmt::ReturnStmtClass:
  case Stmt::CoreturnStmtClass: {
    const Expr *E = isa<ReturnStmt>(S) ? cast<ReturnStmt>(S)->getRetValue() : cast<CoreturnStmt>(S)->getOperand();
    Value V = eval(E);
    if (V.known())
      Returned.push_back(std::move(V));
    return;
  }
  case Stmt::IfStmtClass: walkIf(*cast<IfStmt>(S)); return;
  case Stmt::WhileStmtClass: {
    const auto *While = cast<WhileStmt>(S);
    const Stmt *Variable = While->getConditionVariable() ? While->getConditionVariableDeclStmt() : nullptr;
    walkLoop(*S, {}, {Variable, While->getCond(), While->getBody()});
    return;
  }
  case Stmt::DoStmtClass: walkLoop(*S, {}, {cast<DoStmt>(S)->getBody(), cast<DoStmt>(S)->getCond()}); return;
  case Stmt::ForStmtClass: {
    const auto *For = cast<ForStmt>(S);
    walkLoop(*S, {For->getInit()}, {For->getCond(), For->getBody(), For->getInc()});
    return;
  }
  case Stmt::CXXForRangeStmtClass: {
    const auto *For = cast<CXXForRangeStmt>(S);
    walk(For->getInit());
    Value Range = eval(For->getRangeInit());
    Env[For->getLoopVariable()] = std::move(Range);
    walkLoop(*S, {}, {For->getBody()});
    return;
  }
  case Stmt::SwitchStmtClass: {
    const auto *Switch = cast<SwitchStmt>(S);
    walk(Switch->getInit());
    if (Switch->getConditionVariable())
      walk(Switch->getConditionVariableDeclStmt());
    eval(Switch->getCond());
    ++Conditional;
    walk(Switch->getBody());
    --Conditional;
    return;
  }
  case Stmt::CXXTryStmtClass: walkTry(*cast<CXXTryStmt>(S)); return;
  case Stmt::CoroutineBodyStmtClass: walk(cast<CoroutineBodyStmt>(S)->getBody()); return;
  default: break;
  }
  if (const auto *E = dyn_cast<Expr>(S)) {
    const Expr *Plain = E->IgnoreParenCasts();
    if (const auto *Cleanups = dyn_cast<ExprWithCleanups>(Plain))
      Plain = Cleanups->getSubExpr()->IgnoreParenCasts();
    if (const auto *Temporary = dyn_cast<CXXBindTemporaryExpr>(Plain))
      Plain = Temporary->getSubExpr()->IgnoreParenCasts();
    const Expr *Before = std::exchange(Dropped, Plain);
    eval(E);
    Dropped = Before;
    return;
  }
  for (const Stmt *Child : S->children())
    walk(Child);
}

} // namespace poolguard
