//===- Locks.h - Which mutexes are held where -------------------*- C++ -*-===//
#pragma once

#include <vector>

#include "extract/Flow/Cfg.h"
#include "extract/Flow/Flow.h"

namespace poolguard {

/// Finds at each site and access the mutexes that are held on every path: by lock_guard, unique_lock, scoped_lock,
/// shared_lock and guards like them, or by lock() and unlock() of the mutex itself.
class LockFlow : public FlowProblem {
public:
  LockFlow(TuContext &Tu, const clang::FunctionDecl &D, const ExprIndex &SiteOf, const ExprIndex &AccessOf,
           Function &F);

  /// Nothing in the body locks.
  bool trivial() const { return Things.empty(); }

  FlowState entry() const override;
  void evaluated(const clang::Expr &E, FlowState &State, bool Report) override;
  void declared(const clang::VarDecl &Var, FlowState &State, bool Report) override;
  void destroyed(const clang::VarDecl &Var, FlowState &State, bool Unwinding, bool Report) override;
  llvm::ArrayRef<const clang::VarDecl *> variables() const override { return Guards; }

private:
  enum : uint16_t { Free = 1, Held = 2 };
  /// One mutex as one guard holds it; without a guard, as lock() of its own does.
  struct Thing {
    const clang::VarDecl *Guard = nullptr;
    std::string Entity, Name;
    Location At;
    unsigned Scope = ~0u; // index into F.Scopes, once something is in it
  };

  TuContext &Tu;
  const ExprIndex &SiteOf, &AccessOf;
  Function &F;
  std::vector<Thing> Things;
  std::vector<const clang::VarDecl *> Guards;
  llvm::DenseMap<const clang::VarDecl *, uint16_t> InitialOf; // what a guard's construction leaves it as
  llvm::DenseMap<const clang::VarDecl *, const clang::VarDecl *> MovedFrom;

  friend class LockFinder;
  void addGuard(const clang::VarDecl &Var);
  void addMutex(const clang::VarDecl *Guard, const clang::Expr *Mutex, clang::SourceLocation At);
  void set(const clang::VarDecl *Guard, llvm::StringRef Entity, uint16_t To, FlowState &State) const;
  void note(const clang::Expr &E, const FlowState &State);
  void hold(std::vector<unsigned> &Scopes, const FlowState &State);
};

} // namespace poolguard
