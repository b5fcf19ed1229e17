#include "extract/Accesses.h"

#include <map>
#include <set>

#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"

#include "LlvmVersion.h"
#include "extract/Ancestry.h"
#include "extract/OneStep.h"
#include "extract/PlaceOf.h"

using namespace clang;

namespace poolguard {

namespace {

/// Reads the body in the order in which it is evaluated, as far as the accesses of one variable go.
class AccessReader {
public:
  AccessReader(TuContext &Tu, const FunctionDecl &D, Function &F) : Tu(Tu), D(D), F(F) {}

  void run(ExprIndex &AccessOf) {
    walk(D.getBody());
    if (Spins)
      F.Accesses.clear(); // what the lock of its own making guards can't be told
    keepWritten(AccessOf);
  }

private:
  /// A read in a condition under which the code runs.
  struct Guard {
    unsigned Read;
    const Expr *Condition; // of an if, while its first statement is to come; else null
  };

  TuContext &Tu;
  const FunctionDecl &D;
  Function &F;
  Ancestry Around;
  std::vector<const Expr *> At; // by access: its expression
  std::vector<Guard> Guarding;
  std::map<const VarDecl *, unsigned> ValueOf; // a local and the access that its value comes from
  std::map<unsigned, const VarDecl *> HeldIn;
  bool Spins = false;
  static constexpr unsigned MaxDepth = 2000;

  void walk(const Stmt *S) {
    if (!S || Around.depth() > MaxDepth)
      return;
    if (const auto *Lambda = dyn_cast<LambdaExpr>(S)) {
      for (const auto &[Capture, Init] : llvm::zip(Lambda->captures(), Lambda->capture_inits()))
        if (Init && Lambda->isInitCapture(&Capture))
          walk(Init);
      return; // its body is a function of its own
    }
    size_t Guarded = Guarding.size();
    Around.enter(*S);
    visit(*S);
    Around.leave();
    if (isa<CompoundStmt>(S))
      Guarding.resize(Guarded);
  }

  void children(const Stmt &S) {
    for (const Stmt *Child : S.children())
      walk(Child);
  }

  /// The reads in the condition guard what comes. Returns how many do without them.
  size_t condition(const Expr *S) {
    size_t Outside = Guarding.size(), Before = F.Accesses.size();
    walk(S);
    for (size_t I = Before; I < F.Accesses.size(); ++I)
      if (F.Accesses[I].K == Access::Kind::Read)
        Guarding.push_back({static_cast<unsigned>(I), nullptr});
    return Outside;
  }

  static bool leaves(const Stmt *S) {
    if (const auto *Block = dyn_cast_or_null<CompoundStmt>(S))
      S = Block->body_empty() ? nullptr : Block->body_back();
    if (const auto *E = dyn_cast_or_null<Expr>(S))
      S = E->IgnoreImplicit();
    return isa_and_nonnull<ReturnStmt, BreakStmt, ContinueStmt, CXXThrowExpr, CoreturnStmt>(S);
  }

  void branch(const IfStmt &If) {
    walk(If.getInit());
    walk(If.getConditionVariable() ? If.getConditionVariableDeclStmt() : nullptr);
    size_t Outside = condition(If.getCond());
    const auto *Block = dyn_cast<CompoundStmt>(If.getThen());
    // Something must be done beside the write: a flag that is only set may be set twice.
    if (Block && Block->size() > 1 && Guarding.size() > Outside)
      Guarding.back().Condition = If.getCond();
    walk(If.getThen());
    for (size_t I = Outside; I < Guarding.size(); ++I)
      Guarding[I].Condition = nullptr;
    walk(If.getElse());
    if (!leaves(If.getThen())) // else the rest of the block is guarded as well
      Guarding.resize(Outside);
  }

  void visit(const Stmt &S) {
    if (const auto *If = dyn_cast<IfStmt>(&S)) {
      branch(*If);
    } else if (const auto *While = dyn_cast<WhileStmt>(&S)) {
      size_t Outside = condition(While->getCond());
      walk(While->getBody());
      Guarding.resize(Outside);
    } else if (const auto *Do = dyn_cast<DoStmt>(&S)) {
      walk(Do->getBody());
      Guarding.resize(condition(Do->getCond()));
    } else if (const auto *For = dyn_cast<ForStmt>(&S)) {
      walk(For->getInit());
      size_t Outside = condition(For->getCond());
      walk(For->getBody());
      walk(For->getInc());
      Guarding.resize(Outside);
    } else if (const auto *Body = dyn_cast<CoroutineBodyStmt>(&S)) {
      walk(Body->getBody());
    } else if (const auto *Return = dyn_cast<CoreturnStmt>(&S)) {
      walk(Return->getOperand());
    } else if (const auto *Declares = dyn_cast<DeclStmt>(&S)) {
      declaration(*Declares);
    } else if (const auto *E = dyn_cast<Expr>(&S)) {
      expression(*E);
    } else {
      children(S);
    }
  }

  void declaration(const DeclStmt &S) {
    for (const Decl *One : S.decls()) {
      const auto *Var = dyn_cast<VarDecl>(One);
      if (!Var || !Var->hasInit())
        continue;
      size_t Before = F.Accesses.size();
      walk(Var->getInit());
      if (F.Accesses.size() > Before)
        hold(*Var, F.Accesses.size() - 1);
    }
  }

  void hold(const VarDecl &Var, unsigned Index) {
    ValueOf[&Var] = Index;
    HeldIn[Index] = &Var;
  }

  void expression(const Expr &E) {
    if (isa<CoroutineSuspendExpr>(E)) {
      walk(cast<CoroutineSuspendExpr>(E).getOperand());
      Access A;
      A.K = Access::Kind::Await;
      A.At = Tu.Name.location(E.getExprLoc());
      push(std::move(A), E);
      return;
    }
    if (const auto *Op = dyn_cast<UnaryOperator>(&E); Op && Op->isIncrementDecrementOp())
      return changeOrWalk(Op->getSubExpr(), E);
    if (const auto *Op = dyn_cast<BinaryOperator>(&E); Op && Op->isAssignmentOp())
      return assignment(*Op, Op->getLHS(), Op->getRHS(), Op->getOpcode() == BO_Assign);
    if (const auto *Call = dyn_cast<CallExpr>(&E))
      return call(*Call);
    if (const auto *Cast = dyn_cast<CastExpr>(&E); Cast && Cast->getCastKind() == CK_LValueToRValue) {
      if (!note(Cast->getSubExpr(), Access::Kind::Read, E))
        walk(Cast->getSubExpr());
      return;
    }
    if (const auto *Ref = dyn_cast<DeclRefExpr>(&E))
      return mention(*Ref);
    children(E);
  }

  /// A local's value ends in a comparison: so does that of the access it holds.
  void mention(const DeclRefExpr &Ref) {
    const auto *Var = dyn_cast<VarDecl>(Ref.getDecl());
    auto Held = Var ? ValueOf.find(Var) : ValueOf.end();
    if (Held != ValueOf.end() && Around.inComparison())
      F.Accesses[Held->second].Rechecked = true;
  }

  void changeOrWalk(const Expr *Target, const Expr &Whole) {
    if (!note(Target, Access::Kind::ReadModifyWrite, Whole))
      walk(Target);
  }

  void assignment(const Expr &Whole, const Expr *Target, const Expr *From, bool Plain) {
    size_t Before = F.Accesses.size();
    walk(From);
    if (!Plain)
      return changeOrWalk(Target, Whole);
    if (note(Target, Access::Kind::Write, Whole))
      return written(*From, Before, Whole);
    const auto *Ref = dyn_cast<DeclRefExpr>(Target->IgnoreParenImpCasts());
    const auto *Var = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
    if (Var && F.Accesses.size() > Before)
      hold(*Var, F.Accesses.size() - 1);
    else
      walk(Target);
  }

  /// The last access writes `Value`.
  void written(const Expr &Value, size_t Before, const Expr &Whole) {
    Access &A = F.Accesses.back();
    A.From = source(Value, A.On, Before);
    if (A.From != Access::None)
      return mendStore(A, Whole);
    const Guard *G = guardOf(A.On);
    if (!A.Atomic || !G || !G->Condition || !Around.firstInBranch() || !isConstantValue(Value))
      return;
    A.Guard = G->Read;
    A.OneStep = exchangeInstead(Tu, *G->Condition, *At[G->Read], Whole);
  }

  static bool isConstantValue(const Expr &Value) {
    const Expr *Plain = Value.IgnoreParenImpCasts();
    const auto *Ref = dyn_cast<DeclRefExpr>(Plain);
    return isa<CXXBoolLiteralExpr, IntegerLiteral>(Plain) || (Ref && isa<EnumConstantDecl>(Ref->getDecl()));
  }

  const Guard *guardOf(const Place &On) const {
    for (const Guard &G : llvm::reverse(Guarding))
      if (F.Accesses[G.Read].On == On)
        return &G;
    return nullptr;
  }

  /// The read of the place that `Value` is computed from: one in it, or one whose value a local in it holds.
  unsigned source(const Expr &Value, const Place &On, size_t Before) const {
    auto Reads = [&](unsigned I) { return F.Accesses[I].On == On && F.Accesses[I].K == Access::Kind::Read; };
    for (size_t I = Before; I + 1 < F.Accesses.size(); ++I)
      if (Reads(I))
        return I;
    llvm::SmallVector<const Stmt *, 16> Todo{&Value};
    while (!Todo.empty()) {
      const Stmt *S = Todo.pop_back_val();
      if (!S)
        continue;
      if (const auto *Ref = dyn_cast<DeclRefExpr>(S))
        if (auto Held = ValueOf.find(dyn_cast<VarDecl>(Ref->getDecl())); Held != ValueOf.end() && Reads(Held->second))
          return Held->second;
      Todo.append(S->child_begin(), S->child_end());
    }
    return Access::None;
  }

  void call(const CallExpr &E) {
    const FunctionDecl *Callee = E.getDirectCallee();
    const IdentifierInfo *Id = Callee ? Callee->getIdentifier() : nullptr;
    llvm::StringRef Name = Id ? Id->getName() : llvm::StringRef();
    Spins |= Name == "test_and_set" || Name == "atomic_flag_test_and_set";
    if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(&E); Operator && Operator->getNumArgs() > 0)
      return overloaded(*Operator);
    const auto *Member = dyn_cast<CXXMemberCallExpr>(&E);
    const Expr *Object = Member ? Member->getImplicitObjectArgument() : nullptr;
    if (Object && isa_and_nonnull<CXXConversionDecl>(Callee) && note(Object, Access::Kind::Read, E))
      return;
    std::optional<Access::Kind> K = ofAtomic(Name);
    if (!K)
      K = ofContainer(Name);
    std::optional<NamedPlace> On = Object && K ? placeOf(Tu, D, *Object) : std::nullopt;
    QualType Held = On ? heldByAtomic(On->Type) : QualType();
    if (!On || Held.isNull() != (ofContainer(Name) && sortOf(On->Type) == Access::Sort::Container))
      return children(E);
    size_t Before = F.Accesses.size();
    for (const Expr *Argument : E.arguments())
      walk(Argument);
    if (!add(*On, *K, E))
      return;
    bool Compares = Name.starts_with("compare_exchange");
    F.Accesses.back().Rechecked |= Compares; // it checks by itself
    // A flag that is taken in a loop's condition is a lock.
    Spins |= !Held.isNull() && Held->isBooleanType() && (Compares || Name == "exchange") && Around.inLoopCondition();
    if (*K == Access::Kind::Write && !Held.isNull() && E.getNumArgs() > 0)
      written(*E.getArg(0), Before, E);
  }

  static std::optional<Access::Kind> ofAtomic(llvm::StringRef Name) {
    return StringSwitch<std::optional<Access::Kind>>(Name)
        .Case("load", Access::Kind::Read)
        .Case("store", Access::Kind::Write)
        .Cases({"fetch_add", "fetch_sub", "fetch_and", "fetch_or", "fetch_xor"}, Access::Kind::ReadModifyWrite)
        .Cases({"exchange", "compare_exchange_weak", "compare_exchange_strong"}, Access::Kind::ReadModifyWrite)
        .Default(std::nullopt);
  }

  static std::optional<Access::Kind> ofContainer(llvm::StringRef Name) {
    return StringSwitch<std::optional<Access::Kind>>(Name)
        .Cases({"pop", "pop_front", "pop_back", "erase", "extract"}, Access::Kind::Write)
        .Default(std::nullopt);
  }

  void overloaded(const CXXOperatorCallExpr &E) {
    OverloadedOperatorKind Kind = E.getOperator();
    const Expr *Target = E.getArg(0);
    if (heldByAtomic(Target->IgnoreParenImpCasts()->getType()).isNull())
      return children(E);
    std::optional<NamedPlace> On = placeOf(Tu, D, *Target);
    if (!On)
      return children(E);
    if (Kind == OO_Equal && E.getNumArgs() == 2)
      return assignment(E, Target, E.getArg(1), /*Plain=*/true);
    if (Kind == OO_PlusPlus || Kind == OO_MinusMinus || E.isAssignmentOp()) {
      for (unsigned I = 1; I < E.getNumArgs(); ++I)
        walk(E.getArg(I));
      add(*On, Access::Kind::ReadModifyWrite, E);
      return;
    }
    children(E);
  }

  /// Whether `Target` may be shared and the access was noted.
  bool note(const Expr *Target, Access::Kind K, const Expr &Whole) {
    // What an atomic does, a base of it may declare.
    QualType T = Target->IgnoreParenImpCasts()->getType();
    if (heldByAtomic(T).isNull() && sortOf(T) != Access::Sort::Counter)
      return false;
    std::optional<NamedPlace> On = placeOf(Tu, D, *Target);
    return On && (!heldByAtomic(On->Type).isNull() || sortOf(On->Type) == Access::Sort::Counter) && add(*On, K, Whole);
  }

  bool add(const NamedPlace &On, Access::Kind K, const Expr &E) {
    QualType Held = heldByAtomic(On.Type);
    if (On.Type.isConstQualified() || On.At.From == Place::Root::Own)
      return false;
    Access A;
    A.K = K;
    A.Of = sortOf(Held.isNull() ? On.Type : Held);
    A.Atomic = !Held.isNull();
    A.At = Tu.Name.location(E.getExprLoc());
    A.On = On.At;
    A.Picks = K == Access::Kind::Read && Around.picks();
    if (K == Access::Kind::ReadModifyWrite)
      A.Rechecked = Around.unused() || Around.inComparison();
    if (K == Access::Kind::ReadModifyWrite || A.Picks)
      if (const Guard *G = guardOf(A.On))
        A.Guard = G->Read;
    push(std::move(A), E);
    return true;
  }

  void push(Access A, const Expr &E) {
    F.Accesses.push_back(std::move(A));
    At.push_back(&E);
  }

  void mendStore(Access &A, const Expr &Whole) {
    auto Held = HeldIn.find(A.From);
    const auto *Load = dyn_cast<CXXMemberCallExpr>(At[A.From]);
    const auto *Store = dyn_cast<CXXMemberCallExpr>(&Whole);
    const auto *Block = dyn_cast_or_null<CompoundStmt>(Around.statement());
    if (Held == HeldIn.end() || !Load || !Store || !Block || A.At.InMacro)
      return;
    const Expr *Init = Held->second->getInit();
    if (Init && Init->IgnoreParenImpCasts() == Load)
      A.OneStep = fetchInstead(Tu, *Load, *Held->second, *Store, *Block);
  }

  /// Reads of what the function never changes tell nothing here.
  void keepWritten(ExprIndex &AccessOf) {
    std::set<std::pair<llvm::StringRef, llvm::StringRef>> Changed;
    const std::vector<Access> All = std::move(F.Accesses);
    F.Accesses.clear();
    for (const Access &A : All)
      if (A.K == Access::Kind::Write || A.K == Access::Kind::ReadModifyWrite)
        Changed.emplace(A.On.Variable, A.On.Fields);
    if (Changed.empty())
      return;
    std::vector<unsigned> Now(All.size(), Access::None);
    for (unsigned I = 0; I < All.size(); ++I) {
      if (All[I].K != Access::Kind::Await && !Changed.count({All[I].On.Variable, All[I].On.Fields}))
        continue;
      Now[I] = F.Accesses.size();
      AccessOf[At[I]] = Now[I];
      Access &A = F.Accesses.emplace_back(All[I]);
      for (unsigned *Read : {&A.From, &A.Guard})
        if (*Read != Access::None)
          *Read = Now[*Read];
    }
  }
};

} // namespace

void readAccesses(TuContext &Tu, const FunctionDecl &D, Function &F, ExprIndex &AccessOf) {
  if (D.getBody())
    AccessReader(Tu, D, F).run(AccessOf);
}

} // namespace poolguard
