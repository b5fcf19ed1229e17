#include "extract/Flow/Connections.h"

#include "clang/AST/DeclTemplate.h"
#include "llvm/ADT/SmallPtrSet.h"

#include "extract/AstVisitor.h"
#include "extract/Flow/Places.h"

using namespace clang;

namespace poolguard {

/// The argument that the call hands back, or the object that hands itself back, by its role.
static const Expr *releasedOperand(TuContext &Tu, const Expr &E) {
  const auto *Call = dyn_cast<CallExpr>(&E);
  const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
  if (!Callee)
    return nullptr;
  std::optional<int> Operand = Tu.Roles.of(*Callee).Releases;
  if (!Operand)
    return nullptr;
  if (const auto *Member = dyn_cast<CXXMemberCallExpr>(Call); Member && Operand == FunctionRoles::ItsObject)
    return Member->getImplicitObjectArgument();
  if (isa<CXXOperatorCallExpr>(Call) && isa<CXXMethodDecl>(Callee))
    ++*Operand; // the object is the first argument here
  return *Operand >= 0 && static_cast<unsigned>(*Operand) < Call->getNumArgs() ? Call->getArg(*Operand) : nullptr;
}

/// A smart pointer whose end deletes what it points at. One that is handed back by hand has no deleter that does it.
static bool isOwningPointer(QualType T) {
  const auto *Class = dyn_cast_or_null<ClassTemplateSpecializationDecl>(T->getAsCXXRecordDecl());
  if (!Class || !Class->isInStdNamespace() || !Class->getIdentifier())
    return false;
  const TemplateArgumentList &Arguments = Class->getTemplateArgs();
  if (Class->getName() == "shared_ptr")
    return true;
  if (Class->getName() != "unique_ptr" || Arguments.size() < 2 || Arguments[1].getKind() != TemplateArgument::Type)
    return false;
  const CXXRecordDecl *Deleter = Arguments[1].getAsType()->getAsCXXRecordDecl();
  return Deleter && Deleter->isInStdNamespace() && Deleter->getIdentifier() && Deleter->getName() == "default_delete";
}

/// A variable that hands nothing back by itself.
static bool isPlain(QualType T) {
  if (T->isReferenceType() || T->isPointerType() || isOwningPointer(T))
    return true;
  const CXXRecordDecl *Class = T->getAsCXXRecordDecl();
  return !Class || (Class->hasDefinition() && Class->hasTrivialDestructor());
}

namespace {
/// Where a body acquires and releases, and which variables get out of its hands.
struct HandFinder : DynamicRecursiveASTVisitor {
  explicit HandFinder(TuContext &Tu) : Tu(Tu) {}

  TuContext &Tu;
  std::vector<const VarDecl *> Acquired;
  llvm::DenseSet<const VarDecl *> Released, Gone;
  llvm::DenseSet<const Expr *> Handing; // the operands that are handed back, which may copy or move a smart pointer

  bool TraverseDecl(Decl *D) override {
    return D && isa<CXXRecordDecl>(D) ? true : DynamicRecursiveASTVisitor::TraverseDecl(D);
  }
  bool TraverseLambdaExpr(LambdaExpr *Lambda) override {
    for (const LambdaCapture &Capture : Lambda->captures())
      if (Capture.capturesVariable())
        if (const auto *Var = dyn_cast<VarDecl>(Capture.getCapturedVar()))
          lose(Var->getInit() && Lambda->isInitCapture(&Capture) ? variable(Var->getInit()) : Var);
    return true;
  }
  void lose(const VarDecl *Var) {
    if (Var)
      Gone.insert(Var);
  }
  bool VisitVarDecl(VarDecl *Var) override {
    if (!Var->hasLocalStorage() || isa<ParmVarDecl>(Var) || !Var->getInit())
      return true;
    if (isa<CallExpr>(plain(Var->getInit())) && !variable(Var->getInit()) && isPlain(Var->getType()))
      Acquired.push_back(Var);
    else
      lose(variable(Var->getInit())); // another name for it
    return true;
  }
  bool VisitReturnStmt(ReturnStmt *Return) override {
    if (Return->getRetValue())
      lose(variable(Return->getRetValue()));
    return true;
  }
  bool VisitBinaryOperator(BinaryOperator *Op) override {
    if (Op->isAssignmentOp()) {
      lose(variable(Op->getRHS()));
      lose(variable(Op->getLHS())); // a second acquisition in the same variable isn't told apart from the first
    }
    return true;
  }
  bool VisitCXXOperatorCallExpr(CXXOperatorCallExpr *Op) override {
    if (Op->isAssignmentOp())
      for (const Expr *Argument : Op->arguments())
        lose(variable(Argument));
    return true;
  }
  bool VisitCXXConstructExpr(CXXConstructExpr *Made) override {
    // A transaction borrows its connection; anything else may own it from now on.
    if (!Handing.count(Made) && !Tu.Roles.of(Made->getType()).TransactionOn)
      for (const Expr *Argument : Made->arguments())
        lose(variable(Argument));
    return true;
  }
  bool VisitInitListExpr(InitListExpr *List) override {
    for (const Expr *Init : List->inits())
      lose(variable(Init));
    return true;
  }
  bool VisitCallExpr(CallExpr *Call) override {
    const Expr *Handed = releasedOperand(Tu, *Call);
    if (const VarDecl *Var = Handed ? variable(Handed) : nullptr) {
      Released.insert(Var);
      Handing.insert(plain(Handed));
      return true;
    }
    // A member of a container, a queue or another object may keep it; a free function borrows.
    if (const auto *Member = dyn_cast<CXXMemberCallExpr>(Call))
      for (const Expr *Argument : Member->arguments())
        lose(variable(Argument));
    return true;
  }
};
} // namespace

ConnectionFlow::ConnectionFlow(TuContext &Tu, const FunctionDecl &D, const ExprIndex &SiteOf, Function &F)
    : Tu(Tu), SiteOf(SiteOf), F(F) {
  HandFinder Find(Tu);
  Find.TraverseStmt(D.getBody());
  End = Tu.Name.location(D.getBody()->getEndLoc());
  for (const VarDecl *Var : Find.Acquired)
    if (Find.Released.count(Var) && !Find.Gone.count(Var))
      Things.push_back({Var, Tu.Name.usr(*Var), Tu.Name.location(Var->getLocation()), {}});
}

FlowState ConnectionFlow::entry() const { return FlowState(Things.size(), Nothing); }

int ConnectionFlow::thing(const Expr *E) const {
  const VarDecl *Var = E ? variable(E) : nullptr;
  for (size_t I = 0; Var && I < Things.size(); ++I)
    if (Things[I].Var == Var)
      return static_cast<int>(I);
  return -1;
}

int ConnectionFlow::releasedBy(const Expr &E) const { return thing(releasedOperand(Tu, E)); }

void ConnectionFlow::declared(const VarDecl &Var, FlowState &State, bool) {
  for (size_t I = 0; I < Things.size(); ++I)
    if (Things[I].Var == &Var)
      State[I] = Held;
}

/// Whether anybody would call it a mistake not to think of the exceptions of the call: not where it logs, or where only
/// memory can run out.
static bool throwsInEarnest(TuContext &Tu, const Expr &E) {
  const auto *Call = dyn_cast<CallExpr>(&E);
  const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
  return Callee && !Callee->isInStdNamespace() && !Tu.Roles.of(*Callee).Logs.value_or(false);
}

/// What fails to take a connection back has taken it.
void ConnectionFlow::thrown(const Expr &E, FlowState &State) {
  int Now = releasedBy(E);
  if (Now >= 0)
    State[Now] = Released;
  const bool Earnest = throwsInEarnest(Tu, E);
  for (int I = 0; I < static_cast<int>(State.size()); ++I)
    if (Earnest && I != Now && State[I] == Released)
      State[I] |= Again;
}

void ConnectionFlow::evaluated(const Expr &E, FlowState &State, bool Report) {
  if (isa<CXXThrowExpr>(E))
    for (uint16_t &One : State)
      if (One == Released)
        One |= Again;
  int I = releasedBy(E);
  if (I < 0)
    return;
  Thing &T = Things[I];
  Location At = Tu.Name.location(E.getExprLoc());
  if (Report && (State[I] == Released || (State[I] & Again)))
    fact(FlowFact::Kind::ReleasedTwice, At, T.Release, T);
  if (!T.Release.valid() || At < T.Release)
    T.Release = At;
  State[I] = Released;
}

/// `if (!c)`, `if (c == nullptr)`: there is nothing to hand back where it is null.
void ConnectionFlow::branched(const Expr &Condition, bool Taken, FlowState &State) {
  const Expr *E = Condition.IgnoreParenImpCasts();
  bool NullWhen = false;
  while (const auto *Not = dyn_cast<UnaryOperator>(E)) {
    if (Not->getOpcode() != UO_LNot)
      return;
    NullWhen = !NullWhen;
    E = Not->getSubExpr()->IgnoreParenImpCasts();
  }
  if (const auto *Compare = dyn_cast<BinaryOperator>(E); Compare && Compare->isEqualityOp()) {
    const Expr *Left = Compare->getLHS(), *Right = Compare->getRHS();
    auto Null = [this](const Expr *X) {
      return X->isNullPointerConstant(Tu.Ast, Expr::NPC_ValueDependentIsNotNull) != Expr::NPCK_NotNull;
    };
    if (Null(Left))
      std::swap(Left, Right);
    if (!Null(Right))
      return;
    NullWhen ^= Compare->getOpcode() == BO_EQ;
    E = Left->IgnoreParenImpCasts();
  }
  if (int I = thing(E); I >= 0 && Things[I].Var->getType()->isPointerType() && Taken == NullWhen)
    State[I] = Nothing;
}

void ConnectionFlow::returned(const ReturnStmt *Return, const FlowState &State) {
  for (size_t I = 0; I < Things.size(); ++I)
    if (State[I] & Held)
      fact(FlowFact::Kind::LeakedOnReturn, Things[I].At, Return ? Tu.Name.location(Return->getReturnLoc()) : End,
           Things[I]);
}

void ConnectionFlow::escaped(const Expr *E, const FlowState &State) {
  if (!E)
    return;
  auto Site = SiteOf.find(E);
  if (Site == SiteOf.end())
    return; // a library call that could run out of memory is no reason to complain
  for (size_t I = 0; I < Things.size(); ++I)
    if (State[I] & Held) {
      fact(FlowFact::Kind::LeakedOnException, Things[I].At, F.Sites[Site->second].At, Things[I]);
      F.Flow.back().Site = Site->second;
    }
}

void ConnectionFlow::fact(FlowFact::Kind K, Location At, Location Related, const Thing &T) {
  FlowFact Fact;
  Fact.K = K;
  Fact.At = std::move(At);
  Fact.Related = std::move(Related);
  Fact.Entity = T.Usr;
  Fact.Name = T.Var->getNameAsString();
  F.Flow.push_back(std::move(Fact));
}

void noteCopyableGuard(TuContext &Tu, const FunctionDecl &D, Function &F) {
  const auto *Destructor = dyn_cast<CXXDestructorDecl>(&D);
  if (!Destructor)
    return;
  const CXXRecordDecl &Class = *Destructor->getParent();
  if (Class.isLambda() || Class.hasUserDeclaredCopyConstructor() || Class.hasUserDeclaredMoveConstructor() ||
      Class.hasUserDeclaredMoveAssignment() || Class.defaultedCopyConstructorIsDeleted())
    return;
  struct Finder : DynamicRecursiveASTVisitor {
    explicit Finder(TuContext &Tu) : Tu(Tu) {}
    TuContext &Tu;
    const Expr *Release = nullptr;
    bool VisitCallExpr(CallExpr *Call) override {
      const Expr *Handed = releasedOperand(Tu, *Call);
      if (const auto *Field = dyn_cast_or_null<FieldDecl>(Handed ? namedBy(Handed) : nullptr))
        if (Field->getType()->isPointerType() || Field->getType()->isReferenceType() ||
            isOwningPointer(Field->getType()))
          Release = Call;
      return !Release;
    }
  } Find(Tu);
  Find.TraverseStmt(D.getBody());
  if (!Find.Release)
    return;
  FlowFact Fact;
  Fact.K = FlowFact::Kind::CopyableGuard;
  Fact.At = Tu.Name.location(Class.getLocation());
  Fact.Related = Tu.Name.location(Find.Release->getExprLoc());
  Fact.Entity = Tu.Name.usr(Class);
  Fact.Name = Tu.Name.qualified(Class);
  F.Flow.push_back(std::move(Fact));
}

void noteReleaseBeforeMembers(TuContext &Tu, const FunctionDecl &D, const ExprIndex &SiteOf, Function &F) {
  const auto *Destructor = dyn_cast<CXXDestructorDecl>(&D);
  if (!Destructor)
    return;
  struct Finder : DynamicRecursiveASTVisitor {
    explicit Finder(TuContext &Tu) : Tu(Tu) {}
    TuContext &Tu;
    const CallExpr *Release = nullptr;
    bool CallsOwn = false;
    llvm::SmallPtrSet<const ValueDecl *, 4> Named;
    bool VisitCallExpr(CallExpr *Call) override {
      if (!Release && releasedOperand(Tu, *Call))
        Release = Call;
      else if (const auto *Member = dyn_cast<CXXMemberCallExpr>(Call))
        CallsOwn |= isa<CXXThisExpr>(Member->getImplicitObjectArgument()->IgnoreParenImpCasts());
      return true;
    }
    bool VisitMemberExpr(MemberExpr *Member) override {
      Named.insert(Member->getMemberDecl());
      return true;
    }
  } Find(Tu);
  Find.TraverseStmt(D.getBody());
  auto Site = Find.Release ? SiteOf.find(Find.Release) : SiteOf.end();
  if (Site == SiteOf.end() || Find.CallsOwn)
    return;
  for (const FieldDecl *Field : Destructor->getParent()->fields()) {
    const TypeRoles &Roles = Tu.Roles.of(Field->getType());
    if (!Field->getType()->isRecordType() || Field->getType()->getAsCXXRecordDecl()->isInStdNamespace() ||
        !Roles.TransactionOn || Roles.Autocommit.value_or(false) || Find.Named.count(Field))
      continue;
    FlowFact Fact;
    Fact.K = FlowFact::Kind::ReleasedWithTransaction;
    Fact.At = F.Sites[Site->second].At;
    Fact.Related = Tu.Name.location(Field->getLocation());
    Fact.Entity = Tu.Name.usr(*Field);
    Fact.Name = Field->getNameAsString();
    Fact.Site = Site->second;
    Fact.Argument = *Tu.Roles.of(*Find.Release->getDirectCallee()).Releases;
    F.Flow.push_back(std::move(Fact));
  }
}

} // namespace poolguard
