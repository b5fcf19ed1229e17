#include "extract/Flow/Locks.h"

#include "clang/AST/Attr.h"

#include "LlvmVersion.h"
#include "extract/AstVisitor.h"
#include "extract/Flow/Places.h"

using namespace clang;

namespace poolguard {

static bool isMutex(QualType T) {
  T = pointee(T);
  const CXXRecordDecl *Class = T.isNull() ? nullptr : T->getAsCXXRecordDecl();
  if (!Class || !Class->getIdentifier())
    return false;
  llvm::StringRef Name = Class->getName();
  return Name.ends_with_insensitive("mutex") || Name.ends_with_insensitive("spinlock") || Name == "QReadWriteLock" ||
         Name.ends_with_insensitive("semaphore") || // of one, as far as can be seen
         (Class->hasDefinition() && Class->getDefinition()->hasAttr<CapabilityAttr>());
}

/// A class whose object holds a mutex from construction to destruction.
static bool isGuard(QualType T) {
  const CXXRecordDecl *Class = T.isNull() ? nullptr : T->getAsCXXRecordDecl();
  if (!Class || !Class->getIdentifier())
    return false;
  if (const CXXRecordDecl *Definition = Class->getDefinition(); Definition && Definition->hasAttr<ScopedLockableAttr>())
    return true;
  // std::lock_guard, boost::upgrade_lock, absl::MutexLock, QMutexLocker, coroutines' and home-made ones.
  std::string Name = Class->getName().lower();
  auto Has = [&Name](llvm::StringRef Word) { return Name.find(Word) != std::string::npos; };
  return Has("lock") && !Has("block") && !Has("clock") && !isMutex(T);
}

namespace {
enum class Action { None, Lock, Unlock, Try };
} // namespace

static Action actionOf(llvm::StringRef Name) {
  return StringSwitch<Action>(Name)
      .Cases({"lock", "lock_shared", "Lock", "ReaderLock", "WriterLock", "relock"}, Action::Lock)
      .Cases({"lockForRead", "lockForWrite", "lock_upgrade", "acquire"}, Action::Lock)
      .Cases({"unlock", "unlock_shared", "Unlock", "ReaderUnlock", "WriterUnlock", "release", "Release"},
             Action::Unlock)
      .Cases({"try_lock", "try_lock_for", "try_lock_until", "try_lock_shared", "TryLock", "tryLock"}, Action::Try)
      .Cases({"try_lock_shared_for", "try_lock_shared_until"}, Action::Try)
      .Default(Action::None);
}

static llvm::StringRef identifier(const FunctionDecl *D) {
  return D && D->getIdentifier() ? D->getName() : llvm::StringRef();
}

/// pthread_mutex_lock and kin, on their first argument.
static Action cActionOf(llvm::StringRef Name) {
  return StringSwitch<Action>(Name)
      .Cases({"pthread_mutex_lock", "pthread_rwlock_rdlock", "pthread_rwlock_wrlock", "mtx_lock"}, Action::Lock)
      .Cases({"pthread_spin_lock"}, Action::Lock)
      .Cases({"pthread_mutex_unlock", "pthread_rwlock_unlock", "mtx_unlock", "pthread_spin_unlock"}, Action::Unlock)
      .Cases({"pthread_mutex_trylock", "pthread_mutex_timedlock", "mtx_trylock"}, Action::Try)
      .Default(Action::None);
}

/// Finds what locks in a body; the bodies of lambdas are functions of their own.
class LockFinder : public DynamicRecursiveASTVisitor {
public:
  explicit LockFinder(LockFlow &Into) : Into(Into) {}

  bool TraverseLambdaExpr(LambdaExpr *) override { return true; }
  bool TraverseDecl(Decl *D) override {
    return D && isa<CXXRecordDecl>(D) ? true : DynamicRecursiveASTVisitor::TraverseDecl(D);
  }

  bool VisitVarDecl(VarDecl *Var) override {
    if (Var->hasLocalStorage() && !isa<ParmVarDecl>(Var) && isGuard(Var->getType()))
      Into.addGuard(*Var);
    return true;
  }
  bool VisitCXXMemberCallExpr(CXXMemberCallExpr *Call) override {
    Action Does = actionOf(identifier(Call->getDirectCallee()));
    if (Does != Action::None && isMutex(Call->getImplicitObjectArgument()->getType()))
      Into.addMutex(nullptr, Call->getImplicitObjectArgument(), Call->getExprLoc());
    return true;
  }
  bool VisitCallExpr(CallExpr *Call) override {
    if (cActionOf(identifier(Call->getDirectCallee())) != Action::None && Call->getNumArgs() > 0)
      Into.addMutex(nullptr, Call->getArg(0), Call->getExprLoc());
    return true;
  }

private:
  LockFlow &Into;
};

LockFlow::LockFlow(TuContext &Tu, const FunctionDecl &D, const ExprIndex &SiteOf, const ExprIndex &AccessOf,
                   Function &F)
    : Tu(Tu), SiteOf(SiteOf), AccessOf(AccessOf), F(F) {
  LockFinder(*this).TraverseStmt(D.getBody());
}

void LockFlow::addMutex(const VarDecl *Guard, const Expr *Mutex, SourceLocation At) {
  Thing T;
  T.Guard = Guard;
  if (const ValueDecl *D = namedBy(Mutex))
    T.Entity = Tu.Name.usr(*D);
  else if (const auto *Call = dyn_cast<CallExpr>(plain(Mutex)); Call && Call->getDirectCallee())
    T.Entity = Tu.Name.usr(*Call->getDirectCallee());
  T.Name = written(Tu, Mutex);
  T.At = Tu.Name.location(At);
  for (const Thing &Other : Things)
    if (Other.Guard == Guard && Other.Entity == T.Entity)
      return;
  Things.push_back(std::move(T));
}

static bool isTag(const Expr *E, llvm::StringRef Tag) {
  const CXXRecordDecl *Class = E->getType().getNonReferenceType()->getAsCXXRecordDecl();
  return Class && Class->getIdentifier() && Class->getName() == Tag;
}

void LockFlow::addGuard(const VarDecl &Var) {
  Guards.push_back(&Var);
  uint16_t Initial = Held;
  const Expr *Init = Var.getInit() ? plain(Var.getInit()) : nullptr;
  const auto *Made = dyn_cast_or_null<CXXConstructExpr>(Init);
  if (Made && Made->getConstructor()->isCopyOrMoveConstructor() && Made->getNumArgs() > 0) {
    const Expr *Source = plain(Made->getArg(0));
    if (const VarDecl *From = variable(Source); From && isGuard(From->getType())) {
      MovedFrom[&Var] = From;
      size_t Known = Things.size();
      for (size_t I = 0; I < Known; ++I)
        if (Things[I].Guard == From) {
          Thing Copy = Things[I];
          Copy.Guard = &Var;
          Things.push_back(std::move(Copy));
        }
    } else {
      Init = Source;
      Made = dyn_cast<CXXConstructExpr>(Source);
    }
  }
  if (isa_and_nonnull<CallExpr, CoroutineSuspendExpr>(Init)) {
    // `auto lock = guard();`: which mutex that is, only the function knows; that one is held is certain.
    addMutex(&Var, Init, Var.getLocation());
  } else if (Made && !MovedFrom.count(&Var)) {
    for (const Expr *Argument : Made->arguments()) {
      if (isa<CXXDefaultArgExpr>(Argument) || isTag(Argument, "adopt_lock_t"))
        continue;
      if (isTag(Argument, "defer_lock_t"))
        Initial = Free;
      else if (isTag(Argument, "try_to_lock_t") || isTag(Argument, "duration") || isTag(Argument, "time_point"))
        Initial = Free | Held;
      else
        addMutex(&Var, Argument, Var.getLocation());
    }
  }
  InitialOf[&Var] = Initial;
}

FlowState LockFlow::entry() const { return FlowState(Things.size(), Free); }

void LockFlow::set(const VarDecl *Guard, llvm::StringRef Entity, uint16_t To, FlowState &State) const {
  for (size_t I = 0; I < Things.size(); ++I)
    if (Things[I].Guard == Guard && (Guard || Things[I].Entity == Entity))
      State[I] = To;
}

void LockFlow::declared(const VarDecl &Var, FlowState &State, bool) {
  auto Initial = InitialOf.find(&Var);
  if (Initial == InitialOf.end())
    return;
  const VarDecl *From = MovedFrom.lookup(&Var);
  if (!From)
    return set(&Var, {}, Initial->second, State);
  for (size_t I = 0; I < Things.size(); ++I)
    for (size_t J = 0; J < Things.size(); ++J)
      if (Things[I].Guard == &Var && Things[J].Guard == From && Things[I].Entity == Things[J].Entity)
        State[I] = State[J];
  set(From, {}, Free, State);
}

void LockFlow::destroyed(const VarDecl &Var, FlowState &State, bool, bool) {
  if (InitialOf.count(&Var))
    set(&Var, {}, Free, State);
}

void LockFlow::evaluated(const Expr &E, FlowState &State, bool Report) {
  if (Report)
    note(E, State);
  const auto *Call = dyn_cast<CallExpr>(&E);
  if (!Call)
    return;
  llvm::StringRef Name = identifier(Call->getDirectCallee());
  auto Apply = [](Action Does, uint16_t &Of) {
    Of = Does == Action::Lock ? Held : Does == Action::Unlock ? Free : Of | Held | Free;
  };
  if (const auto *Member = dyn_cast<CXXMemberCallExpr>(Call)) {
    Action Does = actionOf(Name);
    const ValueDecl *Object = Does == Action::None ? nullptr : namedBy(Member->getImplicitObjectArgument());
    if (!Object)
      return;
    const auto *Guard = dyn_cast<VarDecl>(Object);
    bool OfGuard = Guard && InitialOf.count(Guard);
    std::string Entity = Tu.Name.usr(*Object);
    for (size_t I = 0; I < Things.size(); ++I)
      if (OfGuard ? Things[I].Guard == Guard : !Things[I].Guard && Things[I].Entity == Entity)
        Apply(Does, State[I]);
    return;
  }
  Action Does = cActionOf(Name);
  if (Does != Action::None && Call->getNumArgs() > 0) {
    if (const ValueDecl *Mutex = namedBy(Call->getArg(0))) {
      std::string Entity = Tu.Name.usr(*Mutex);
      for (size_t I = 0; I < Things.size(); ++I)
        if (!Things[I].Guard && Things[I].Entity == Entity)
          Apply(Does, State[I]);
    }
    return;
  }
  // std::lock(a, b): of guards, or of mutexes that are adopted afterwards.
  if (Name == "lock" && Call->getDirectCallee()->isInStdNamespace())
    for (const Expr *Argument : Call->arguments())
      if (const VarDecl *Guard = variable(Argument); Guard && InitialOf.count(Guard))
        set(Guard, {}, Held, State);
}

void LockFlow::note(const Expr &E, const FlowState &State) {
  if (auto At = SiteOf.find(&E); At != SiteOf.end())
    hold(F.Sites[At->second].Scopes, State);
  if (auto At = AccessOf.find(&E); At != AccessOf.end())
    hold(F.Accesses[At->second].Scopes, State);
}

void LockFlow::hold(std::vector<unsigned> &Scopes, const FlowState &State) {
  for (size_t I = 0; I < Things.size(); ++I) {
    if (State[I] != Held)
      continue;
    Thing &T = Things[I];
    if (T.Scope == ~0u) {
      CodeScope Scope;
      Scope.K = CodeScope::Kind::Lock;
      Scope.At = T.At;
      Scope.Entity = T.Entity;
      Scope.Name = T.Name;
      T.Scope = F.Scopes.size();
      F.Scopes.push_back(std::move(Scope));
    }
    Scopes.push_back(T.Scope);
  }
}

} // namespace poolguard
