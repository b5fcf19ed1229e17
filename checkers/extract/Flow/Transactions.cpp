#include "extract/Flow/Transactions.h"

#include "clang/AST/DeclTemplate.h"

#include "extract/AstVisitor.h"
#include "extract/Flow/Places.h"

using namespace clang;

namespace poolguard {

static llvm::StringRef identifier(const FunctionDecl *D) {
  return D && D->getIdentifier() ? D->getName() : llvm::StringRef();
}

/// Finds the transaction objects of a body; the bodies of lambdas are functions of their own.
class TransactionFinder : public DynamicRecursiveASTVisitor {
public:
  explicit TransactionFinder(TransactionFlow &Into) : Into(Into) {}

  bool TraverseLambdaExpr(LambdaExpr *) override { return true; }
  bool TraverseDecl(Decl *D) override {
    return D && isa<CXXRecordDecl>(D) ? true : DynamicRecursiveASTVisitor::TraverseDecl(D);
  }
  bool VisitVarDecl(VarDecl *Var) override {
    Into.add(*Var);
    return true;
  }

private:
  TransactionFlow &Into;
};

/// Finds the calls in handlers, and the transactions that a handler ends.
class HandlerFinder : public DynamicRecursiveASTVisitor {
public:
  explicit HandlerFinder(TransactionFlow &Into) : Into(Into) {}

  bool TraverseLambdaExpr(LambdaExpr *) override { return true; }
  bool TraverseDecl(Decl *D) override {
    return D && isa<CXXRecordDecl>(D) ? true : DynamicRecursiveASTVisitor::TraverseDecl(D);
  }
  bool TraverseCXXCatchStmt(CXXCatchStmt *Handler) override {
    Around.push_back(Handler);
    bool Continue = DynamicRecursiveASTVisitor::TraverseCXXCatchStmt(Handler);
    Around.pop_back();
    return Continue;
  }
  bool VisitCallExpr(CallExpr *Call) override {
    if (Around.empty())
      return true;
    Into.HandlerOf[Call] = Around.back();
    const auto *Member = dyn_cast<CXXMemberCallExpr>(Call);
    if (const VarDecl *Var = Member ? variable(Member->getImplicitObjectArgument()) : nullptr)
      for (const CXXCatchStmt *Handler : Around)
        if (Into.IndexOf.count(Var))
          Into.EndedIn.insert({Handler, Var}); // whatever it calls on it: reset(), abort(), a test
    return true;
  }

private:
  TransactionFlow &Into;
  llvm::SmallVector<const CXXCatchStmt *, 4> Around;
};

TransactionFlow::TransactionFlow(TuContext &Tu, const FunctionDecl &D, const ExprIndex &SiteOf, Function &F)
    : Tu(Tu), SiteOf(SiteOf), F(F) {
  for (const ParmVarDecl *P : D.parameters())
    add(*P);
  TransactionFinder(*this).TraverseStmt(D.getBody());
  if (!Things.empty())
    HandlerFinder(*this).TraverseStmt(D.getBody());
  // A handle whose destruction gives the connection back: not what merely refers to one.
  for (const Thing &T : Things) {
    const auto *Handle = dyn_cast_or_null<VarDecl>(T.Connection);
    if (Handle && Handle->hasLocalStorage() && !IndexOf.count(Handle) && Handle->getType()->isRecordType() &&
        !llvm::is_contained(Variables, Handle))
      Variables.push_back(Handle);
  }
  llvm::sort(Variables, [](const VarDecl *A, const VarDecl *B) { return A->getBeginLoc() < B->getBeginLoc(); });
}

/// A function may be given the base of autocommitting and of real transactions alike.
static bool maybeAutocommit(QualType T) {
  const CXXRecordDecl *Class = T->getAsCXXRecordDecl();
  return Class && Class->getIdentifier() && Class->getName() == "transaction_base";
}

/// pqxx::read_transaction and kin: a template argument is an enumerator named `read_only`. What writes there fails.
static bool isReadOnly(QualType T) {
  const auto *Class = dyn_cast_or_null<ClassTemplateSpecializationDecl>(T->getAsCXXRecordDecl());
  if (!Class)
    return false;
  for (const TemplateArgument &Argument : Class->getTemplateArgs().asArray()) {
    if (Argument.getKind() != TemplateArgument::Integral)
      continue;
    const auto *Enum = dyn_cast_or_null<EnumDecl>(Argument.getIntegralType()->getAsTagDecl());
    for (const EnumConstantDecl *One : Enum ? Enum->enumerators() : EnumDecl::enumerator_range({}, {}))
      if (One->getName() == "read_only" && llvm::APSInt::isSameValue(One->getInitVal(), Argument.getAsIntegral()))
        return true;
  }
  return false;
}

void TransactionFlow::add(const VarDecl &Var) {
  const bool Given = isa<ParmVarDecl>(Var);
  if (!Var.hasLocalStorage() || Var.isInvalidDecl() || IndexOf.count(&Var) || !Var.getIdentifier())
    return;
  const TypeRoles &Roles = Tu.Roles.of(Var.getType());
  if (!Roles.TransactionOn)
    return;
  QualType T = Var.getType();
  bool Refers = T->isReferenceType() || T->isPointerType();
  if (Refers && !Given)
    return; // another name for a transaction that has one
  const CXXRecordDecl *Class = T.getNonReferenceType()->getAsCXXRecordDecl();
  const bool Owner = Class && Class->isInStdNamespace();
  if (Given && Owner)
    return; // whether there is one in it, the caller knows
  Thing New;
  New.Var = &Var;
  New.Usr = Tu.Name.usr(Var);
  New.At = Tu.Name.location(Var.getLocation());
  New.Autocommit = Roles.Autocommit.value_or(false) || Tu.Roles.makesAutocommit(Var.getInit());
  New.CommitsAtEnd = Roles.CommitsAtEnd.value_or(false);
  New.Given = Given;
  New.ReadOnly = isReadOnly(pointee(T));
  New.Pointer = T->isPointerType() || Owner;
  if (Given && maybeAutocommit(pointee(T)))
    New.Autocommit = true; // nothing may be said of its being open
  if (const Expr *Init = Var.getInit(); Init && !Given)
    addConnection(New, connectionArgument(Var, Init));
  IndexOf[&Var] = Things.size();
  Things.push_back(std::move(New));
  Variables.push_back(&Var);
}

/// The construction of the object itself: through make_unique, new and smart pointers.
static llvm::ArrayRef<const Expr *> constructionArguments(const Expr *E) {
  for (unsigned Depth = 0; E && Depth < 8; ++Depth) {
    E = plain(E);
    if (const auto *Made = dyn_cast<CXXConstructExpr>(E)) {
      const CXXRecordDecl *Class = Made->getConstructor()->getParent();
      if (Made->getNumArgs() > 0 && (Class->isInStdNamespace() || Made->getConstructor()->isCopyOrMoveConstructor())) {
        E = Made->getArg(0);
        continue;
      }
      return llvm::ArrayRef(Made->getArgs(), Made->getNumArgs());
    }
    if (const auto *New = dyn_cast<CXXNewExpr>(E)) {
      E = New->getInitializer();
      continue;
    }
    if (const auto *Call = dyn_cast<CallExpr>(E)) {
      llvm::StringRef Name = identifier(Call->getDirectCallee());
      if (Name == "make_unique" || Name == "make_shared")
        return llvm::ArrayRef(Call->getArgs(), Call->getNumArgs());
      return {};
    }
    return {};
  }
  return {};
}

const Expr *TransactionFlow::connectionArgument(const VarDecl &Var, const Expr *Init) const {
  llvm::ArrayRef<const Expr *> Arguments = constructionArguments(Init);
  unsigned Index = *Tu.Roles.of(Var.getType()).TransactionOn;
  return Index < Arguments.size() ? Arguments[Index] : nullptr;
}

/// `lease.get()`, `lease.connection()`: what hands out its connection stands for it.
void TransactionFlow::addConnection(Thing &T, const Expr *Made) {
  while (Made) {
    if (const ValueDecl *Named = namedBy(Made)) {
      T.Connection = Named;
      return;
    }
    const Expr *E = plain(Made);
    if (const auto *Deref = dyn_cast<UnaryOperator>(E); Deref && Deref->getOpcode() == UO_Deref)
      E = plain(Deref->getSubExpr());
    const auto *Member = dyn_cast<CXXMemberCallExpr>(E);
    const CXXMethodDecl *Method = Member && Member->getNumArgs() == 0 ? Member->getMethodDecl() : nullptr;
    QualType Result = Method ? Method->getReturnType() : QualType();
    if (Result.isNull() || (!Result->isReferenceType() && !Result->isPointerType()) ||
        !Tu.Roles.of(Result).IsConnection.value_or(false))
      return;
    Made = Member->getImplicitObjectArgument();
  }
}

TransactionFlow::Thing *TransactionFlow::thing(const Expr *E) {
  const VarDecl *Var = E ? variable(E) : nullptr;
  auto At = Var ? IndexOf.find(Var) : IndexOf.end();
  return At == IndexOf.end() ? nullptr : &Things[At->second];
}

FlowState TransactionFlow::entry() const {
  FlowState State;
  for (const Thing &T : Things)
    State.push_back(T.Given ? Open : None);
  return State;
}

/// Whether a smart pointer or optional of that initialiser holds nothing.
static bool isEmpty(const Expr *Init) {
  if (!Init)
    return true;
  const Expr *E = plain(Init);
  if (isa<CXXNullPtrLiteralExpr>(E))
    return true;
  const CXXRecordDecl *Class = E->getType()->getAsCXXRecordDecl();
  if (Class && Class->getIdentifier() && Class->getName() == "nullopt_t")
    return true;
  const auto *Made = dyn_cast<CXXConstructExpr>(E);
  if (!Made)
    return false;
  unsigned Given = 0;
  for (const Expr *Argument : Made->arguments())
    Given += !isa<CXXDefaultArgExpr>(Argument);
  return Given == 0 || isEmpty(Made->getArg(0));
}

void TransactionFlow::declared(const VarDecl &Var, FlowState &State, bool Report) {
  auto At = IndexOf.find(&Var);
  if (At == IndexOf.end())
    return;
  Thing &T = Things[At->second];
  if (T.Pointer) {
    State[At->second] = isEmpty(Var.getInit()) ? None : Open;
    return;
  }
  State[At->second] = Open;
  if (!Report || !Var.getInit())
    return;
  // `work tx(*pool.acquire());`: the handle is a temporary and gone when the declaration ends.
  const Expr *On = connectionArgument(Var, Var.getInit());
  while (On) {
    On = plain(On);
    const auto *Operator = dyn_cast<CXXOperatorCallExpr>(On);
    const auto *Deref = dyn_cast<UnaryOperator>(On);
    const auto *Member = dyn_cast<CXXMemberCallExpr>(On);
    if (Operator && Operator->getNumArgs() == 1 && Operator->getOperator() == OO_Star)
      On = Operator->getArg(0);
    else if (Deref && Deref->getOpcode() == UO_Deref)
      On = Deref->getSubExpr();
    else if (Member && identifier(Member->getMethodDecl()) == "get" && Member->getNumArgs() == 0)
      On = Member->getImplicitObjectArgument();
    else
      break;
    const auto *Handle = dyn_cast<CallExpr>(plain(On));
    if (!Handle || Handle->isGLValue() || isa<CXXOperatorCallExpr>(Handle))
      continue;
    const CXXRecordDecl *Class = Handle->getType()->getAsCXXRecordDecl();
    if (!Class || !Class->hasDefinition() || Class->hasTrivialDestructor() ||
        (Class->isInStdNamespace() && Class->getName() != "unique_ptr"))
      continue;
    fact(FlowFact::Kind::ReleasedWithTransaction, Tu.Name.location(Handle->getExprLoc()), T.At, T, ~0u, FlowFact::Dies);
    break;
  }
}

void TransactionFlow::destroyed(const VarDecl &Var, FlowState &State, bool Unwinding, bool Report) {
  auto At = IndexOf.find(&Var);
  if (At == IndexOf.end()) {
    // A handle goes; a transaction on it that is still open goes later.
    for (Thing &T : Things)
      if (T.Connection == &Var && state(T, State) == Open && Report && !Unwinding)
        fact(FlowFact::Kind::ReleasedWithTransaction, Tu.Name.location(Var.getLocation()), T.At, T, ~0u,
             FlowFact::Dies);
    return;
  }
  Thing &T = Things[At->second];
  if (Report && !Unwinding)
    T.AtDestruction |= State[At->second];
  // Both the destructor and the end of the lifetime are seen; the second must not look like a path of its own.
  State[At->second] = None;
}

/// A callable that a statement's exception leaves has not run; commit() that throws has ended the transaction all the
/// same.
void TransactionFlow::thrown(const Expr &E, FlowState &State) {
  const auto *Call = dyn_cast<CXXMemberCallExpr>(&E);
  const CXXMethodDecl *Method = Call ? Call->getMethodDecl() : nullptr;
  if (!Method || !Tu.Roles.of(*Method).EndsTransaction)
    return;
  if (Thing *T = thing(Call->getImplicitObjectArgument()))
    state(*T, State) = Aborted;
}

void TransactionFlow::fact(FlowFact::Kind K, Location At, Location Related, const Thing &T, unsigned Site,
                           int Argument) {
  FlowFact Fact;
  Fact.K = K;
  Fact.At = std::move(At);
  Fact.Related = std::move(Related);
  Fact.Entity = T.Usr;
  Fact.Name = T.Var->getNameAsString();
  Fact.Site = Site;
  Fact.Argument = Argument;
  for (const FlowFact &Other : F.Flow)
    if (Other.K == K && Other.At == Fact.At && Other.Entity == Fact.Entity && Other.Argument == Argument)
      return;
  F.Flow.push_back(std::move(Fact));
}

/// What the walker found the transaction to be opened on.
static Value openedOn(const Function &F, const std::string &Usr) {
  for (const OpenedTransaction &Opened : F.Opens)
    if (Opened.Entity == Usr && Opened.Connection.known())
      return Opened.Connection;
  Value Found;
  auto Look = [&](const Value &V) {
    V.forEach([&](const Value &Part) {
      if (Part.K == Value::Kind::Transaction && Part.Name == Usr && !Part.Parts.empty())
        Found = Part.Parts[0];
    });
  };
  for (const Site &S : F.Sites) {
    Look(S.Object);
    for (const Value &A : S.Arguments)
      Look(A);
    if (Found.known())
      break;
  }
  return Found;
}

void TransactionFlow::noteSite(const Expr &E, const FlowState &State) {
  auto At = SiteOf.find(&E);
  if (At == SiteOf.end())
    return;
  Site &S = F.Sites[At->second];
  for (Thing &T : Things) {
    if (State[&T - Things.data()] != Open)
      continue;
    if (T.Scope == ~0u) {
      CodeScope Scope;
      Scope.K = CodeScope::Kind::Transaction;
      Scope.At = T.At;
      Scope.Entity = T.Usr;
      Scope.Name = T.Var->getNameAsString();
      Scope.Autocommit = T.Autocommit;
      if (const auto *P = dyn_cast<ParmVarDecl>(T.Var))
        Scope.Connection = Value::parameter(F.Usr, static_cast<int>(P->getFunctionScopeIndex()));
      else
        Scope.Connection = openedOn(F, T.Usr);
      T.Scope = F.Scopes.size();
      F.Scopes.push_back(std::move(Scope));
    }
    S.Scopes.push_back(T.Scope);
  }
  noteUses(E, At->second, State);
}

/// The object and the arguments of a call, the object at FlowFact::Object.
static llvm::SmallVector<std::pair<const Expr *, int>, 8> operands(const Expr &E) {
  llvm::SmallVector<std::pair<const Expr *, int>, 8> Out;
  if (const auto *Member = dyn_cast<CXXMemberCallExpr>(&E))
    Out.emplace_back(Member->getImplicitObjectArgument(), FlowFact::Object);
  unsigned Skip = 0;
  if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(&E)) {
    const auto *Method = dyn_cast_or_null<CXXMethodDecl>(Operator->getDirectCallee());
    if (Method && !Method->isStatic() && Operator->getNumArgs() > 0) {
      Out.emplace_back(Operator->getArg(0), FlowFact::Object);
      Skip = 1;
    }
  }
  if (const auto *Call = dyn_cast<CallExpr>(&E)) {
    for (unsigned I = Skip; I < Call->getNumArgs(); ++I)
      Out.emplace_back(Call->getArg(I), static_cast<int>(I - Skip));
  } else if (const auto *Made = dyn_cast<CXXConstructExpr>(&E)) {
    for (unsigned I = 0; I < Made->getNumArgs(); ++I)
      Out.emplace_back(Made->getArg(I), static_cast<int>(I));
  }
  return Out;
}

/// Whether the transaction is open at the call: on every path; or in a handler that doesn't touch it, on the paths that
/// an exception takes there before the commit.
bool TransactionFlow::isOpen(const Thing &T, const FlowState &State, const Expr &At) const {
  const uint16_t Now = State[&T - Things.data()];
  if (Now == Open)
    return true;
  const CXXCatchStmt *Handler = HandlerOf.lookup(&At);
  return Handler && (Now & Open) && !T.Pointer && !EndedIn.contains({Handler, T.Var});
}

/// Facts about what the call is given; the rules know what it does with it.
void TransactionFlow::noteUses(const Expr &E, unsigned Site, const FlowState &State) {
  for (auto [Operand, Argument] : operands(E)) {
    const ValueDecl *Named = namedBy(Operand);
    if (!Named)
      continue;
    if (const Thing *T = thing(Operand)) {
      uint16_t Now = State[T - Things.data()];
      if ((Now & (Open | None)) == 0 && T->End.valid())
        fact(FlowFact::Kind::StatementAfterEnd, F.Sites[Site].At, T->End, *T, Site, Argument);
      continue;
    }
    for (const Thing &T : Things)
      if (T.Connection == Named && isOpen(T, State, E))
        fact(FlowFact::Kind::ReleasedWithTransaction, F.Sites[Site].At, T.At, T, Site, Argument);
  }
}

void TransactionFlow::evaluated(const Expr &E, FlowState &State, bool Report) {
  if (Report)
    noteSite(E, State);
  if (const auto *Member = dyn_cast<CXXMemberCallExpr>(&E)) {
    const CXXMethodDecl *Method = Member->getMethodDecl();
    const Expr *Object = Member->getImplicitObjectArgument();
    Thing *T = thing(Object);
    if (T && Method) {
      const FunctionRoles &Roles = Tu.Roles.of(*Method);
      llvm::StringRef Name = identifier(Method);
      if (Roles.EndsTransaction) {
        state(*T, State) = *Roles.EndsTransaction == "commit" ? Committed : Aborted;
        Location End = Tu.Name.location(E.getExprLoc());
        if (!T->End.valid() || End < T->End)
          T->End = std::move(End);
      } else if (T->Pointer && Method->getParent()->isInStdNamespace()) {
        if (Name == "emplace") {
          state(*T, State) = Open;
          if (Member->getNumArgs() > 0 && !T->Connection)
            addConnection(*T, Member->getArg(0));
        } else if (Name == "reset") {
          bool Empty =
              Member->getNumArgs() == 0 || isa<CXXDefaultArgExpr>(Member->getArg(0)) || isEmpty(Member->getArg(0));
          if (Report)
            T->AtDestruction |= state(*T, State);
          state(*T, State) = Empty ? None : Open;
        } else if (Name == "release" || Name == "swap") {
          state(*T, State) = None;
        }
      }
    }
    return;
  }
  if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(&E); Operator && Operator->getOperator() == OO_Equal) {
    if (Thing *T = thing(Operator->getArg(0)); T && Operator->getNumArgs() == 2 && T->Pointer) {
      state(*T, State) = isEmpty(Operator->getArg(1)) ? None : Open;
      if (!T->Connection)
        addConnection(*T, connectionArgument(*T->Var, Operator->getArg(1)));
    }
    return;
  }
  moveArguments(E, State);
}

/// `f(std::move(tx))`, `return tx;`: whoever has it now, it is no longer this function's.
void TransactionFlow::moveArguments(const Expr &E, FlowState &State) {
  if (const auto *Made = dyn_cast<CXXConstructExpr>(&E)) {
    for (const Expr *Argument : Made->arguments())
      if (Thing *T = Argument->isXValue() ? thing(Argument) : nullptr)
        state(*T, State) = None;
    return;
  }
  const auto *Call = dyn_cast<CallExpr>(&E);
  if (!Call || Call->getNumArgs() != 1 || !Call->isCallToStdMove())
    return;
  if (Thing *T = thing(Call->getArg(0)))
    state(*T, State) = None;
}

void TransactionFlow::finish() {
  for (const Thing &T : Things)
    if (!T.Given && !T.Autocommit && !T.ReadOnly && !T.CommitsAtEnd && T.AtDestruction == Open)
      fact(FlowFact::Kind::EndsUncommitted, T.At, {}, T, ~0u, FlowFact::Object);
}

} // namespace poolguard
