//===- Connections.h - Acquired and released by hand ------------*- C++ -*-===//
#pragma once

#include <vector>

#include "extract/Flow/Cfg.h"
#include "extract/Flow/Flow.h"

namespace poolguard {

/// Follows the connections that a body takes into a pointer (also a smart one) or reference and hands back with a
/// function of the role `releases`: the paths that miss the release, and those that release twice.
class ConnectionFlow : public FlowProblem {
public:
  ConnectionFlow(TuContext &Tu, const clang::FunctionDecl &D, const ExprIndex &SiteOf, Function &F);

  /// The body releases nothing that it has acquired.
  bool trivial() const { return Things.empty(); }

  FlowState entry() const override;
  void evaluated(const clang::Expr &E, FlowState &State, bool Report) override;
  void declared(const clang::VarDecl &Var, FlowState &State, bool Report) override;
  void destroyed(const clang::VarDecl &, FlowState &, bool, bool) override {}
  void thrown(const clang::Expr &E, FlowState &State) override;
  void branched(const clang::Expr &Condition, bool Taken, FlowState &State) override;
  void returned(const clang::ReturnStmt *Return, const FlowState &State) override;
  void escaped(const clang::Expr *E, const FlowState &State) override;
  llvm::ArrayRef<const clang::VarDecl *> variables() const override { return {}; }

private:
  /// Again: it was released, and an exception came after that.
  enum : uint16_t { Nothing = 1, Held = 2, Released = 4, Again = 8 };
  struct Thing {
    const clang::VarDecl *Var = nullptr;
    std::string Usr;
    Location At, Release;
  };

  TuContext &Tu;
  const ExprIndex &SiteOf;
  Function &F;
  Location End; // of the body
  std::vector<Thing> Things;

  int thing(const clang::Expr *E) const;
  /// The thing that the call releases, or -1.
  int releasedBy(const clang::Expr &E) const;
  void fact(FlowFact::Kind K, Location At, Location Related, const Thing &T);
};

/// Adds the fact when `D` is the destructor of a guard that releases a connection and that the compiler lets copy.
void noteCopyableGuard(TuContext &Tu, const clang::FunctionDecl &D, Function &F);

/// Adds the fact when `D` is a destructor that hands a connection back while a member is a transaction that nothing in
/// it ends: members are destroyed after the body.
void noteReleaseBeforeMembers(TuContext &Tu, const clang::FunctionDecl &D, const ExprIndex &SiteOf, Function &F);

} // namespace poolguard
