#include "extract/RetryLoop.h"

#include "extract/AstVisitor.h"
#include "extract/LoopPaths.h"

using namespace clang;

namespace poolguard {

namespace {

struct FindThrow : DynamicRecursiveASTVisitor {
  bool Found = false;
  bool VisitCXXThrowExpr(CXXThrowExpr *) override { return !(Found = true); }
  bool TraverseLambdaExpr(LambdaExpr *) override { return true; } // its throws are its own
};

const Stmt *bodyOf(const Stmt &Loop) {
  switch (Loop.getStmtClass()) {
  case Stmt::WhileStmtClass: return cast<WhileStmt>(Loop).getBody();
  case Stmt::DoStmtClass: return cast<DoStmt>(Loop).getBody();
  case Stmt::ForStmtClass: return cast<ForStmt>(Loop).getBody();
  case Stmt::CXXForRangeStmtClass: return cast<CXXForRangeStmt>(Loop).getBody();
  default: return nullptr;
  }
}

const Expr *conditionOf(const Stmt &Loop) {
  switch (Loop.getStmtClass()) {
  case Stmt::WhileStmtClass: return cast<WhileStmt>(Loop).getCond();
  case Stmt::DoStmtClass: return cast<DoStmt>(Loop).getCond();
  case Stmt::ForStmtClass: return cast<ForStmt>(Loop).getCond();
  default: return nullptr;
  }
}

/// Whether an expression names a variable of the set.
struct Mentions : DynamicRecursiveASTVisitor {
  explicit Mentions(const LoopCode::Variables &Of) : Of(Of) {}
  const LoopCode::Variables &Of;
  bool Found = false;
  bool VisitDeclRefExpr(DeclRefExpr *E) override {
    const auto *Var = dyn_cast<VarDecl>(E->getDecl());
    return !(Found |= Var && Of.contains(Var));
  }
  static bool in(const Stmt *S, const LoopCode::Variables &Of) {
    Mentions M(Of);
    M.TraverseStmt(const_cast<Stmt *>(S));
    return M.Found;
  }
};

/// Whether the code takes another element in each round: a changing variable is an index, an iterator or a pointer.
struct TakesItems : DynamicRecursiveASTVisitor {
  explicit TakesItems(const LoopCode::Variables &Changing) : Changing(Changing) {}
  const LoopCode::Variables &Changing;
  bool Found = false;
  bool note(const Expr *E) { return !(Found |= Mentions::in(E, Changing)); }
  bool VisitArraySubscriptExpr(ArraySubscriptExpr *E) override { return note(E); }
  bool VisitUnaryOperator(UnaryOperator *E) override { return E->getOpcode() != UO_Deref || note(E->getSubExpr()); }
  bool VisitMemberExpr(MemberExpr *E) override { return !E->isArrow() || note(E->getBase()); }
  bool VisitCXXOperatorCallExpr(CXXOperatorCallExpr *E) override {
    OverloadedOperatorKind Op = E->getOperator();
    if (Op == OO_Subscript || Op == OO_Star || Op == OO_Arrow)
      return note(E);
    return true;
  }
  bool VisitCXXMemberCallExpr(CXXMemberCallExpr *E) override {
    const CXXMethodDecl *Method = E->getMethodDecl();
    if (!Method || !Method->getIdentifier() || Method->getName() != "at")
      return true;
    for (const Expr *Argument : E->arguments())
      if (!note(Argument))
        return false;
    return true;
  }
};

/// Variables that a round moves on: `++i`, `it += 2`, `node = node->next`.
struct Changed : DynamicRecursiveASTVisitor {
  explicit Changed(LoopCode::Variables &Out) : Out(Out) {}
  LoopCode::Variables &Out;
  void note(const Expr *E) {
    if (const auto *Ref = dyn_cast<DeclRefExpr>(E->IgnoreParenImpCasts()))
      if (const auto *Var = dyn_cast<VarDecl>(Ref->getDecl()))
        Out.insert(Var);
  }
  bool VisitUnaryOperator(UnaryOperator *E) override {
    if (E->isIncrementDecrementOp())
      note(E->getSubExpr());
    return true;
  }
  bool VisitBinaryOperator(BinaryOperator *E) override {
    if (E->isCompoundAssignmentOp())
      note(E->getLHS());
    else if (E->getOpcode() == BO_Assign) {
      LoopCode::Variables Target;
      Changed(Target).note(E->getLHS());
      if (Mentions::in(E->getRHS(), Target))
        note(E->getLHS());
    }
    return true;
  }
  bool VisitCXXOperatorCallExpr(CXXOperatorCallExpr *E) override {
    OverloadedOperatorKind Op = E->getOperator();
    bool Moves = Op == OO_PlusPlus || Op == OO_MinusMinus || Op == OO_PlusEqual || Op == OO_MinusEqual;
    if (Moves && E->getNumArgs() > 0)
      note(E->getArg(0));
    return true;
  }
};

bool loopsOverItems(const Stmt &Loop, const LoopCode &Code) {
  LoopCode::Variables Each, Changing;
  if (const auto *Range = dyn_cast<CXXForRangeStmt>(&Loop))
    Each.insert(Range->getLoopVariable());
  if (const auto *While = dyn_cast<WhileStmt>(&Loop); While && While->getConditionVariable())
    Each.insert(While->getConditionVariable());
  if (const auto *For = dyn_cast<ForStmt>(&Loop); For && For->getConditionVariable())
    Each.insert(For->getConditionVariable());
  // What the condition hands to a call that may fill it: `std::getline(in, line)`, `queue.try_pop(item)`.
  if (const Expr *Condition = conditionOf(Loop))
    Code.filledBy(*Condition, Each);
  Changed Finder(Changing);
  Finder.TraverseStmt(const_cast<Stmt *>(&Loop));
  llvm::SmallVector<const Stmt *, 4> Tried;
  for (const CXXTryStmt *Try : Code.Tries)
    Tried.push_back(Try->getTryBlock());
  if (Tried.empty())
    Tried.push_back(bodyOf(Loop));
  for (const Stmt *S : Tried) {
    TakesItems Items(Changing);
    Items.TraverseStmt(const_cast<Stmt *>(S));
    if (Items.Found || Mentions::in(S, Each))
      return true;
  }
  return false;
}

/// Whether the loop says in its names that it tries again.
struct SaysRetry : DynamicRecursiveASTVisitor {
  bool Found = false;
  void note(const NamedDecl &D) {
    if (!D.getIdentifier())
      return;
    llvm::StringRef Name = D.getName();
    for (const char *Word : {"attempt", "retr", "tries"})
      Found |= Name.contains_insensitive(Word);
  }
  bool VisitDeclRefExpr(DeclRefExpr *E) override { return note(*E->getDecl()), !Found; }
  bool VisitMemberExpr(MemberExpr *E) override { return note(*E->getMemberDecl()), !Found; }
  bool VisitVarDecl(VarDecl *D) override { return note(*D), !Found; }
  bool in(const Stmt *S) {
    TraverseStmt(const_cast<Stmt *>(S));
    return Found;
  }
};

bool headSaysRetry(const Stmt &Loop) {
  SaysRetry Words;
  if (const auto *For = dyn_cast<ForStmt>(&Loop); For && Words.in(For->getInit()))
    return true;
  return Words.in(conditionOf(Loop));
}

/// Reads how many rounds the loop makes at most.
class Attempts {
public:
  Attempts(TuContext &Tu, const Stmt &Loop, const LoopCode &Code) : Tu(Tu), Loop(Loop), Code(Code) {}

  /// 0: not known.
  unsigned count() {
    long long Least = 0;
    auto Take = [&Least](long long N) {
      if (N > 0 && (Least == 0 || N < Least))
        Least = N;
    };
    Take(byCondition(conditionOf(Loop)));
    for (const CXXTryStmt *Try : Code.Tries)
      for (unsigned I = 0; I < Try->getNumHandlers(); ++I)
        Take(byHandler(*Try->getHandler(I)));
    return Least > 0 && Least <= 1000000 ? static_cast<unsigned>(Least) : 0;
  }

private:
  TuContext &Tu;
  const Stmt &Loop;
  const LoopCode &Code;

  struct Counter {
    const VarDecl *Var = nullptr;
    long long Start = 0;  // in the first round
    long long Offset = 0; // what is added before the comparison, ++i's one included
    int Direction = 0;    // of a step
    bool After = false;   // i++: steps after the comparison
  };

  std::optional<long long> constant(const Expr *E) const {
    Expr::EvalResult Result;
    if (!E || E->isValueDependent() || !E->EvaluateAsInt(Result, Tu.Ast))
      return std::nullopt;
    return Result.Val.getInt().tryExtValue();
  }

  std::optional<Counter> counter(const Expr *E) const {
    E = E->IgnoreParenImpCasts();
    Counter Out;
    if (const auto *Op = dyn_cast<UnaryOperator>(E); Op && Op->isIncrementDecrementOp()) {
      Out.Direction = Op->isIncrementOp() ? 1 : -1;
      Out.After = Op->isPostfix();
      Out.Offset = Op->isPrefix() ? Out.Direction : 0;
      E = Op->getSubExpr()->IgnoreParenImpCasts();
    } else if (const auto *Sum = dyn_cast<BinaryOperator>(E); Sum && Sum->getOpcode() == BO_Add) {
      std::optional<long long> More = constant(Sum->getRHS());
      if (!More)
        return std::nullopt;
      Out.Offset = *More;
      E = Sum->getLHS()->IgnoreParenImpCasts();
    }
    const auto *Ref = dyn_cast<DeclRefExpr>(E);
    Out.Var = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
    if (!Out.Var || !Out.Var->hasLocalStorage() || !Out.Var->hasInit())
      return std::nullopt;
    std::optional<long long> Start = constant(Out.Var->getInit());
    if (!Start)
      return std::nullopt;
    Out.Start = *Start;
    if (Out.Direction == 0)
      Out.Direction = Code.steps(Out.Var);
    return Out.Direction == 0 ? std::nullopt : std::optional(Out);
  }

  /// The loop goes on while the condition holds.
  long long byCondition(const Expr *Condition) const {
    if (!Condition)
      return 0;
    Condition = Condition->IgnoreParenImpCasts();
    const auto *Op = dyn_cast<BinaryOperator>(Condition);
    if (Op && Op->getOpcode() == BO_LAnd) {
      long long Left = byCondition(Op->getLHS()), Right = byCondition(Op->getRHS());
      return Left == 0 ? Right : Right == 0 ? Left : std::min(Left, Right);
    }
    // A do loop looks at the counter after the round, a while loop before it.
    long long Before = isa<DoStmt>(Loop) ? 1 : 0;
    auto Rounds = [&](const Counter &C, BinaryOperatorKind Kind, long long Bound) -> long long {
      long long First = C.Start + C.Offset;
      // A do loop's body steps the counter before the first look, unless the look itself does.
      bool StepsInLook = isa<UnaryOperator>(Op ? Op->getLHS()->IgnoreParenImpCasts() : Condition);
      if (Before && !StepsInLook)
        First += C.Direction;
      long long Left = C.Direction > 0 ? Bound - First : First - Bound;
      if (Kind == BO_LE || Kind == BO_GE)
        ++Left;
      return Left + Before;
    };
    if (Op && Op->isComparisonOp()) {
      std::optional<Counter> C = counter(Op->getLHS());
      std::optional<long long> Bound = constant(Op->getRHS());
      if (!C || !Bound)
        return 0;
      bool Fits = C->Direction > 0 ? Op->getOpcode() == BO_LT || Op->getOpcode() == BO_LE
                                   : Op->getOpcode() == BO_GT || Op->getOpcode() == BO_GE;
      return Fits || Op->getOpcode() == BO_NE ? Rounds(*C, Op->getOpcode(), *Bound) : 0;
    }
    // `while (left--)`, `while (left)`
    std::optional<Counter> C = counter(Condition);
    return C && C->Direction < 0 ? Rounds(*C, BO_NE, 0) : 0;
  }

  /// `if (++attempt >= 3) throw;`
  long long byHandler(const CXXCatchStmt &Handler) const {
    const auto *Block = dyn_cast<CompoundStmt>(Handler.getHandlerBlock());
    if (!Block)
      return 0;
    bool Stepped = false;
    for (const Stmt *S : Block->body()) {
      if (const auto *If = dyn_cast<IfStmt>(S)) {
        FindThrow Throws;
        Throws.TraverseStmt(const_cast<Stmt *>(If->getThen()));
        bool Leaves = Throws.Found || LoopCode::leaves(If->getThen());
        const auto *Op = dyn_cast<BinaryOperator>(If->getCond()->IgnoreParenImpCasts());
        if (!Leaves || !Op || !Op->isComparisonOp())
          continue;
        std::optional<Counter> C = counter(Op->getLHS());
        std::optional<long long> Bound = constant(Op->getRHS());
        if (!C || !Bound || C->Direction < 0)
          continue;
        // Where the counter stands in the first round's look.
        long long First = C->Start + C->Offset + (Stepped && C->Offset == 0 ? 1 : 0);
        if (Op->getOpcode() == BO_GE || Op->getOpcode() == BO_EQ)
          return *Bound - First + 1;
        if (Op->getOpcode() == BO_GT)
          return *Bound - First + 2;
      } else if (const auto *Step = dyn_cast<UnaryOperator>(S)) {
        Stepped |= Step->isIncrementOp();
      }
    }
    return 0;
  }
};

/// The exceptions of libpqxx that leave open whether the server did the work, each with its bases.
const std::vector<std::vector<llvm::StringRef>> &unknownOutcomes() {
  static const std::vector<std::vector<llvm::StringRef>> All = {
      {"pqxx::in_doubt_error", "pqxx::failure", "std::runtime_error", "std::exception", "..."},
      {"pqxx::statement_completion_unknown", "pqxx::transaction_rollback", "pqxx::sql_error", "pqxx::failure",
       "std::runtime_error", "std::exception", "..."}};
  return All;
}

/// The handler of a try that takes such an exception and leads to the next round.
std::string retriesUnknownOutcome(TuContext &Tu, const LoopCode &Code, const LoopPaths &Paths) {
  for (const CXXTryStmt *Try : Code.Tries) {
    if (!Code.Primary.contains(Try))
      continue;
    for (const std::vector<llvm::StringRef> &Bases : unknownOutcomes()) {
      for (unsigned I = 0; I < Try->getNumHandlers(); ++I) {
        const CXXCatchStmt &Handler = *Try->getHandler(I);
        std::string Type = "...";
        if (QualType Caught = Handler.getCaughtType(); !Caught.isNull()) {
          const CXXRecordDecl *Class = Caught.getNonReferenceType()->getAsCXXRecordDecl();
          Type = Class ? Tu.Name.qualified(*Class) : "";
        }
        if (!llvm::is_contained(Bases, Type))
          continue;
        if (Paths.nextRoundAfter(Handler) && !LoopCode::decidesOnException(Handler))
          return Type;
        break; // the first that fits takes it
      }
    }
  }
  return {};
}

} // namespace

std::optional<CodeScope> retryLoop(TuContext &Tu, const Stmt &Loop) {
  const Stmt *Body = bodyOf(Loop);
  if (!Body)
    return std::nullopt;
  LoopCode Code(Tu, Loop, *Body);
  bool Counted = Code.Tries.empty();
  if (Counted && (isa<CXXForRangeStmt>(Loop) || !headSaysRetry(Loop)))
    return std::nullopt;
  if (loopsOverItems(Loop, Code))
    return std::nullopt;
  std::optional<LoopPaths> Paths = LoopPaths::of(Tu, Loop, Code);
  if (!Paths || !(Counted ? Paths->retriesOnResult() : Paths->retriesOnException()))
    return std::nullopt;

  CodeScope Scope;
  Scope.K = CodeScope::Kind::RetryLoop;
  Scope.At = Tu.Name.location(Loop.getBeginLoc());
  Scope.Attempts = Attempts(Tu, Loop, Code).count();
  // A loop without an end that goes round after success too, until something turns up, waits for it.
  if (!Counted && Scope.Attempts == 0 && Paths->goesRoundAfterTest() && !headSaysRetry(Loop))
    return std::nullopt;
  Scope.UnknownOutcome = retriesUnknownOutcome(Tu, Code, *Paths);
  return Scope;
}

/// Whether the block only calls things, and ends where the code goes on.
static bool onlyCalls(const Stmt *Block) {
  const auto *Body = dyn_cast_or_null<CompoundStmt>(Block);
  return Body && llvm::all_of(Body->body(), [](const Stmt *S) {
           if (isa<NullStmt, DeclStmt>(S))
             return true;
           const auto *E = dyn_cast<Expr>(S);
           const auto *Call = E ? dyn_cast<CallExpr>(E->IgnoreParenCasts()->IgnoreImplicit()) : nullptr;
           if (!Call)
             return false;
           const auto *Operator = dyn_cast<CXXOperatorCallExpr>(Call);
           const FunctionDecl *Callee = Call->getDirectCallee();
           return !(Operator && Operator->isAssignmentOp()) && !(Callee && Callee->isNoReturn());
         });
}

CodeScope tryScope(TuContext &Tu, const CXXTryStmt &Try) {
  CodeScope Scope;
  Scope.K = CodeScope::Kind::Try;
  Scope.At = Tu.Name.location(Try.getTryLoc());
  Scope.From = Scope.At.Offset;
  Scope.To = Tu.Name.location(Try.getEndLoc()).Offset;
  for (unsigned I = 0; I < Try.getNumHandlers(); ++I) {
    const CXXCatchStmt &Handler = *Try.getHandler(I);
    QualType Caught = Handler.getCaughtType();
    Scope.GoesOn |= onlyCalls(Try.getTryBlock()) && onlyCalls(Handler.getHandlerBlock());
    const CXXRecordDecl *Class = Caught.isNull() ? nullptr : Caught.getNonReferenceType()->getAsCXXRecordDecl();
    bool All = Caught.isNull() || (Class && Tu.Name.qualified(*Class) == "std::exception");
    if (!All)
      continue;
    Scope.CatchesAll = true;
    FindThrow Throws;
    Throws.TraverseStmt(Handler.getHandlerBlock());
    Scope.Rethrows |= Throws.Found;
  }
  return Scope;
}

} // namespace poolguard
