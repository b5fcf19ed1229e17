#include "extract/ResultUses.h"

#include <algorithm>

#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"
#include "llvm/ADT/SmallPtrSet.h"

#include "extract/KnownFunctions.h"

using namespace clang;

namespace poolguard {

namespace {

enum class Look : uint8_t { No, Returned, Yes };

class ResultReader {
public:
  ResultReader(TuContext &Tu, const FunctionDecl &D) : Tu(Tu), D(D) { index(D.getBody(), nullptr, 0); }

  void read(const CallExpr &Call, Site &S) {
    if (Call.getType()->isVoidType() || awaitsVoid(Call)) {
      S.Result = ResultUse::NoResult;
      return;
    }
    if (!Parent.count(&Call))
      return; // in a default argument or an initialiser: as the walker has it
    Variable = nullptr;
    switch (look(&Call)) {
    case Look::Yes: S.Result = ResultUse::Used; break;
    case Look::Returned: S.Result = ResultUse::Returned; break;
    case Look::No:
      S.Result = Variable ? ResultUse::Unread : ResultUse::Dropped;
      if (Variable)
        S.ResultIn = Variable->getNameAsString();
      break;
    }
  }

  /// Whether the value ends in a comparison, or as the end of a wait.
  bool measured(const Stmt *Child) {
    for (;;) {
      const Stmt *P = Parent.lookup(Child);
      if (!P)
        return false;
      if (const auto *Declares = dyn_cast<DeclStmt>(P))
        return anyMeasured(declared(*Declares, Child));
      const auto *E = dyn_cast<Expr>(P);
      if (!E)
        return false;
      if (isa<CXXRewrittenBinaryOperator>(E))
        return true;
      if (const auto *Op = dyn_cast<BinaryOperator>(E)) {
        if (Op->isComparisonOp())
          return true;
        if (Op->isAssignmentOp())
          return Child == Op->getRHS() && anyMeasured(local(Op->getLHS()));
      } else if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(E)) {
        OverloadedOperatorKind Kind = Operator->getOperator();
        if (Operator->isComparisonOp())
          return true;
        if (Kind == OO_Equal)
          return Operator->getNumArgs() == 2 && Child == Operator->getArg(1) && anyMeasured(local(Operator->getArg(0)));
        if (Kind != OO_Plus && Kind != OO_Minus)
          return false;
      } else if (const auto *Call = dyn_cast<CallExpr>(E)) {
        const FunctionDecl *Callee = Call->getDirectCallee();
        const IdentifierInfo *Name = Callee ? Callee->getIdentifier() : nullptr;
        if (!Name)
          return false;
        if (Name->getName().ends_with("_until"))
          return true;
        if (!isInStd(*Callee) && !Name->isStr("difftime"))
          return false;
      } else if (!isa<CastExpr, ParenExpr, FullExpr, MaterializeTemporaryExpr, CXXBindTemporaryExpr, MemberExpr,
                      CXXConstructExpr>(E)) {
        return false;
      }
      Child = P;
    }
  }

private:
  TuContext &Tu;
  const FunctionDecl &D;
  llvm::DenseMap<const Stmt *, const Stmt *> Parent;
  llvm::DenseMap<const Stmt *, const LambdaExpr *> Inside;
  llvm::DenseMap<const VarDecl *, llvm::SmallVector<const DeclRefExpr *, 4>> Mentions;
  llvm::SmallPtrSet<const VarDecl *, 8> Active;
  const VarDecl *Variable = nullptr; // the first one that held the result
  static constexpr unsigned MaxDepth = 2000;

  void index(const Stmt *S, const LambdaExpr *Lambda, unsigned Depth) {
    if (!S || Depth > MaxDepth)
      return;
    if (Lambda)
      Inside[S] = Lambda;
    if (const auto *Ref = dyn_cast<DeclRefExpr>(S)) {
      const ValueDecl *Named = Ref->getDecl();
      if (const auto *Binding = dyn_cast<BindingDecl>(Named))
        Named = Binding->getDecomposedDecl();
      if (const auto *Var = dyn_cast_or_null<VarDecl>(Named))
        Mentions[Var].push_back(Ref);
    }
    const LambdaExpr *Own = isa<LambdaExpr>(S) ? cast<LambdaExpr>(S) : Lambda;
    for (const Stmt *Child : S->children())
      // An awaited or returned expression occurs again in what the compiler makes of it: the first one is the source's.
      if (Child && Parent.try_emplace(Child, S).second)
        index(Child, Own, Depth + 1);
  }

  bool awaitsVoid(const CallExpr &Call) const {
    const Stmt *P = Parent.lookup(&Call);
    while (isa_and_nonnull<ImplicitCastExpr, MaterializeTemporaryExpr, CXXBindTemporaryExpr, ParenExpr>(P))
      P = Parent.lookup(P);
    const auto *Await = dyn_cast_or_null<CoroutineSuspendExpr>(P);
    return Await && Await->getType()->isVoidType();
  }

  const VarDecl *local(const Expr *E) const {
    const auto *Ref = dyn_cast<DeclRefExpr>(E->IgnoreParenImpCasts());
    const auto *Var = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
    bool Ours = Var && Var->hasLocalStorage() && !Var->getType()->isReferenceType() && Var->getDeclContext() == &D;
    return Ours ? Var : nullptr;
  }

  const VarDecl *declared(const DeclStmt &S, const Stmt *Init) const {
    for (const Decl *One : S.decls())
      if (const auto *Var = dyn_cast<VarDecl>(One); Var && Var->getInit() == Init)
        return Var;
    return nullptr;
  }

  bool anyMeasured(const VarDecl *Var) {
    if (!Var || !Active.insert(Var).second)
      return false;
    bool Found = llvm::any_of(Mentions[Var], [&](const DeclRefExpr *Ref) { return measured(Ref); });
    Active.erase(Var);
    return Found;
  }

  /// Somebody looks at what the variable holds.
  Look lookAt(const VarDecl *Var) {
    if (!Var || !Var->hasLocalStorage())
      return Look::Yes;
    if (!Active.insert(Var).second)
      return Look::No;
    Look Most = Look::No;
    for (const DeclRefExpr *Ref : Mentions[Var]) {
      Look One = look(Ref);
      // What a lambda inside returns goes to whoever calls the lambda.
      if (One == Look::Returned && Inside.count(Ref))
        One = Look::Yes;
      Most = std::max(Most, One);
    }
    Active.erase(Var);
    if (!Variable || Most != Look::No)
      Variable = Var;
    return Most;
  }

  bool tellsNothing(const FunctionDecl *Callee) {
    if (!Callee)
      return false;
    if (Tu.Roles.of(*Callee).Rows == "ignored")
      return true;
    const IdentifierInfo *Name = Callee->getIdentifier();
    return Name && (Name->isStr("ignore_unused") || Name->isStr("ignoreUnused"));
  }

  static bool isStdIgnore(const Expr *E) {
    const auto *Ref = dyn_cast<DeclRefExpr>(E->IgnoreParenImpCasts());
    const auto *Var = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
    return Var && isInStd(*Var) && Var->getIdentifier() && Var->getName() == "ignore";
  }

  Look look(const Stmt *Child) {
    for (;;) {
      const Stmt *P = Parent.lookup(Child);
      if (!P)
        return Look::Yes;
      if (isa<ReturnStmt, CoreturnStmt>(P))
        return Look::Returned;
      if (const auto *Declares = dyn_cast<DeclStmt>(P))
        return lookAt(declared(*Declares, Child));
      const auto *E = dyn_cast<Expr>(P);
      if (!E)
        return lookInStatement(*P, Child);
      std::optional<Look> Known = lookIn(*E, Child);
      if (Known)
        return *Known;
      // A member's name stands between the object and the call.
      Child = isa<MemberExpr>(P) && isa_and_nonnull<CXXMemberCallExpr>(Parent.lookup(P)) ? Parent.lookup(P) : P;
    }
  }

  static Look lookInStatement(const Stmt &S, const Stmt *Child) {
    if (isa<CompoundStmt, LabelStmt, AttributedStmt, SwitchCase>(S))
      return Look::No;
    if (const auto *If = dyn_cast<IfStmt>(&S))
      return Child == If->getCond() ? Look::Yes : Look::No;
    if (const auto *While = dyn_cast<WhileStmt>(&S))
      return Child == While->getCond() ? Look::Yes : Look::No;
    if (const auto *Do = dyn_cast<DoStmt>(&S))
      return Child == Do->getCond() ? Look::Yes : Look::No;
    if (const auto *For = dyn_cast<ForStmt>(&S))
      return Child == For->getCond() ? Look::Yes : Look::No;
    if (const auto *Switch = dyn_cast<SwitchStmt>(&S))
      return Child == Switch->getCond() ? Look::Yes : Look::No;
    if (const auto *For = dyn_cast<CXXForRangeStmt>(&S))
      return Child == For->getBody() ? Look::No : Look::Yes;
    return Look::Yes;
  }

  /// Nothing: what happens to `E` is what happens to `Child`.
  std::optional<Look> lookIn(const Expr &E, const Stmt *Child) {
    if (isa<ParenExpr, FullExpr, MaterializeTemporaryExpr, CXXBindTemporaryExpr, CoroutineSuspendExpr>(E))
      return std::nullopt;
    if (const auto *Cast = dyn_cast<CastExpr>(&E)) {
      if (Cast->getCastKind() == CK_ToVoid)
        return Look::No;
      return std::nullopt;
    }
    if (const auto *Op = dyn_cast<UnaryOperator>(&E)) {
      bool Indirect = Op->getOpcode() == UO_AddrOf || Op->getOpcode() == UO_Deref || Op->isIncrementDecrementOp();
      return Indirect ? std::optional(Look::Yes) : std::nullopt;
    }
    if (const auto *Op = dyn_cast<BinaryOperator>(&E))
      return lookInBinary(*Op, Child);
    if (const auto *Op = dyn_cast<AbstractConditionalOperator>(&E))
      return Child == Op->getCond() ? std::optional(Look::Yes) : std::nullopt;
    if (const auto *Made = dyn_cast<CXXConstructExpr>(&E)) {
      const CXXConstructorDecl *Constructor = Made->getConstructor();
      bool Wraps = Constructor->isCopyOrMoveConstructor() || (Made->getNumArgs() == 1 && isInStd(*Constructor));
      return Wraps ? std::nullopt : std::optional(Look::Yes);
    }
    if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(&E))
      return lookInOperator(*Operator, Child);
    if (const auto *Member = dyn_cast<MemberExpr>(&E)) {
      const auto *Method = dyn_cast<CXXMethodDecl>(Member->getMemberDecl());
      // A number taken from the result is looked at when somebody looks at the number.
      bool Takes =
          !Method || tellsNothing(Method) || (Method->isConst() && Method->getReturnType()->isArithmeticType());
      return Takes ? std::nullopt : std::optional(Look::Yes);
    }
    if (const auto *Call = dyn_cast<CallExpr>(&E)) {
      const FunctionDecl *Callee = Call->getDirectCallee();
      if (tellsNothing(Callee))
        return Look::No;
      return Callee && returnsArgument(*Callee) ? std::nullopt : std::optional(Look::Yes);
    }
    return Look::Yes;
  }

  std::optional<Look> lookInBinary(const BinaryOperator &Op, const Stmt *Child) {
    bool Left = Child == Op.getLHS();
    if (Op.getOpcode() == BO_Comma)
      return Left ? std::optional(Look::No) : std::nullopt;
    if (Op.isLogicalOp())
      return Left ? std::optional(Look::Yes) : std::nullopt;
    if (!Op.isAssignmentOp())
      return std::nullopt;
    if (Left && Op.getOpcode() == BO_Assign)
      return Look::No;
    if (Left)
      return std::nullopt;
    return assigned(Op, Op.getLHS());
  }

  std::optional<Look> lookInOperator(const CXXOperatorCallExpr &E, const Stmt *Child) {
    OverloadedOperatorKind Kind = E.getOperator();
    if (Kind == OO_Equal && E.getNumArgs() == 2) {
      if (Child == E.getArg(0))
        return Look::No;
      return isStdIgnore(E.getArg(0)) ? Look::No : assigned(E, E.getArg(0));
    }
    return E.isComparisonOp() || Kind == OO_Exclaim ? std::nullopt : std::optional(Look::Yes);
  }

  /// The result is assigned: somebody looks at the variable, or at the assignment's own value.
  Look assigned(const Expr &Assignment, const Expr *Target) {
    const VarDecl *Var = local(Target);
    if (!Var)
      return Look::Yes;
    Look Kept = lookAt(Var);
    return Kept == Look::Yes ? Kept : std::max(Kept, look(&Assignment));
  }
};

} // namespace

void readResultUses(TuContext &Tu, const FunctionDecl &D, const llvm::DenseMap<const Expr *, unsigned> &SiteOf,
                    Function &F) {
  if (SiteOf.empty() || !D.getBody())
    return;
  ResultReader Reader(Tu, D);
  for (const auto &[E, Index] : SiteOf) {
    Site &S = F.Sites[Index];
    const auto *Call = dyn_cast<CallExpr>(E);
    if (!Call || S.Creates || S.Reference)
      continue;
    Reader.read(*Call, S);
    if (!S.Callee.empty() && Tu.Summary.Declarations[S.Callee].Roles->WallClock.value_or(false))
      S.Measured = Reader.measured(Call);
  }
}

} // namespace poolguard
