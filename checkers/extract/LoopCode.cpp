#include "extract/LoopCode.h"

#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"

#include "extract/AstVisitor.h"

using namespace clang;

namespace poolguard {

namespace {

class OwnCode : public DynamicRecursiveASTVisitor {
public:
  OwnCode(LoopCode &Out, llvm::DenseMap<const VarDecl *, int> &Steps) : Out(Out), Steps(Steps) {}

  bool TraverseLambdaExpr(LambdaExpr *) override { return true; }
  bool TraverseWhileStmt(WhileStmt *S) override { return inner(S); }
  bool TraverseDoStmt(DoStmt *S) override { return inner(S); }
  bool TraverseForStmt(ForStmt *S) override { return inner(S); }
  bool TraverseCXXForRangeStmt(CXXForRangeStmt *S) override { return inner(S); }
  bool TraverseCXXCatchStmt(CXXCatchStmt *S) override {
    ++InHandler;
    bool Go = DynamicRecursiveASTVisitor::TraverseCXXCatchStmt(S);
    --InHandler;
    return Go;
  }
  bool VisitCXXTryStmt(CXXTryStmt *S) override {
    if (InLoop)
      return true;
    Out.Tries.push_back(S);
    if (!InHandler)
      Out.Primary.insert(S);
    return true;
  }
  bool VisitVarDecl(VarDecl *D) override {
    Out.Own.insert(D);
    return true;
  }
  bool VisitUnaryOperator(UnaryOperator *E) override {
    if (E->isIncrementDecrementOp())
      step(E->getSubExpr(), E->isIncrementOp() ? 1 : -1);
    else if (E->getOpcode() == UO_AddrOf)
      step(E->getSubExpr(), 0);
    return true;
  }
  bool VisitBinaryOperator(BinaryOperator *E) override {
    if (!E->isAssignmentOp())
      return true;
    if (const VarDecl *Var = LoopCode::variable(E->getLHS())) {
      Out.Own.insert(Var);
      step(E->getLHS(), 0);
    }
    return true;
  }
  bool VisitCXXOperatorCallExpr(CXXOperatorCallExpr *E) override {
    if (E->isAssignmentOp() && E->getNumArgs() > 0)
      if (const VarDecl *Var = LoopCode::variable(E->getArg(0)))
        Out.Own.insert(Var);
    return true;
  }

private:
  LoopCode &Out;
  llvm::DenseMap<const VarDecl *, int> &Steps;
  unsigned InHandler = 0, InLoop = 0;

  bool inner(Stmt *Loop) {
    ++InLoop; // its steps and variables count, its try blocks are its own
    for (Stmt *Child : Loop->children())
      if (Child && !TraverseStmt(Child))
        return false;
    --InLoop;
    return true;
  }

  void step(const Expr *E, int Direction) {
    const VarDecl *Var = LoopCode::variable(E);
    if (!Var)
      return;
    auto [At, New] = Steps.try_emplace(Var, InLoop ? 0 : Direction);
    if (!New && At->second != Direction)
      At->second = 0;
  }
};

struct Condition : DynamicRecursiveASTVisitor {
  explicit Condition(const VarDecl *Of) : Of(Of) {}
  const VarDecl *Of;
  bool Found = false, Inside = false;
  bool TraverseIfStmt(IfStmt *S) override {
    Inside = true;
    TraverseStmt(S->getCond());
    Inside = false;
    TraverseStmt(S->getThen());
    return !S->getElse() || TraverseStmt(S->getElse());
  }
  bool TraverseSwitchStmt(SwitchStmt *S) override {
    Inside = true;
    TraverseStmt(S->getCond());
    Inside = false;
    return TraverseStmt(S->getBody());
  }
  bool VisitDeclRefExpr(DeclRefExpr *E) override {
    Found |= Inside && E->getDecl() == Of;
    return true;
  }
};

} // namespace

const VarDecl *LoopCode::variable(const Expr *E) {
  const auto *Ref = dyn_cast<DeclRefExpr>(E->IgnoreParenImpCasts());
  return Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
}

LoopCode::LoopCode(TuContext &Tu, const Stmt &Loop, const Stmt &Body) : Tu(Tu) {
  OwnCode Code(*this, Steps);
  for (const Stmt *Part : Loop.children())
    if (Part && Part != &Body && !isa<DeclStmt>(Part))
      Code.TraverseStmt(const_cast<Stmt *>(Part));
  Code.TraverseStmt(const_cast<Stmt *>(&Body));
  for (const auto &[Var, Direction] : Steps)
    if (Direction != 0)
      Own.erase(Var);
}

int LoopCode::steps(const VarDecl *Var) const { return Steps.lookup(Var); }

bool LoopCode::isWork(const Expr &E) const {
  const auto *Call = dyn_cast<CallExpr>(&E);
  if (!Call)
    return false;
  const FunctionDecl *Callee = Call->getDirectCallee();
  if (!Callee)
    return true; // what is handed in to be called
  const FunctionRoles &Roles = Tu.Roles.of(*Callee);
  if (Roles.Blocks.value_or(false) || Roles.Logs.value_or(false))
    return false;
  if (Roles.Executes || Roles.Connects || Roles.Retries || !Roles.Runs.empty() || Roles.EndsTransaction == "commit")
    return true;
  if (isa<CXXOperatorCallExpr>(Call)) {
    const auto *Method = dyn_cast<CXXMethodDecl>(Callee);
    return Method && Method->getOverloadedOperator() == OO_Call; // a callable that was handed in
  }
  if (Tu.Name.inSystemHeader(Callee->getLocation()))
    return false;
  if (const auto *Method = dyn_cast<CXXMethodDecl>(Callee); Method && Method->isConst())
    return false; // it asks, it doesn't do
  if (!Callee->getIdentifier())
    return false;
  for (const char *Word : {"sleep", "wait", "backoff", "back_off", "delay", "pause", "jitter", "log", "warn", "print",
                           "trace", "debug", "rollback", "abort", "reset", "close", "clear", "free"})
    if (Callee->getName().contains_insensitive(Word))
      return false;
  return true;
}

void LoopCode::filledBy(const Expr &E, Variables &Out) const {
  llvm::SmallVector<const Stmt *, 8> Todo{&E};
  while (!Todo.empty()) {
    const Stmt *S = Todo.pop_back_val();
    if (const auto *Call = dyn_cast<CallExpr>(S))
      for (const Expr *Argument : Call->arguments()) {
        const Expr *Plain = Argument->IgnoreParens();
        if (const auto *Op = dyn_cast<UnaryOperator>(Plain); Op && Op->getOpcode() == UO_AddrOf)
          Plain = Op->getSubExpr();
        const auto *Ref = dyn_cast<DeclRefExpr>(Plain);
        const auto *Var = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
        if (Var && !Ref->getType().isConstQualified())
          Out.insert(Var);
      }
    for (const Stmt *Child : S->children())
      if (Child)
        Todo.push_back(Child);
  }
}

bool LoopCode::leaves(const Stmt *S) {
  if (const auto *Block = dyn_cast_or_null<CompoundStmt>(S))
    return !Block->body_empty() && leaves(Block->body_back());
  if (const auto *E = dyn_cast_or_null<ExprWithCleanups>(S))
    return leaves(E->getSubExpr());
  return S && isa<ReturnStmt, BreakStmt, CXXThrowExpr, CoreturnStmt>(S);
}

bool LoopCode::decidesOnException(const CXXCatchStmt &Handler) {
  if (!Handler.getExceptionDecl())
    return false;
  Condition Finder(Handler.getExceptionDecl());
  Finder.TraverseStmt(Handler.getHandlerBlock());
  return Finder.Found;
}

} // namespace poolguard
