//===- Suspensions.h - Coroutines that suspend between accesses -*- C++ -*-===//
#pragma once

#include "extract/Flow/Cfg.h"
#include "extract/Flow/Flow.h"

namespace poolguard {

/// Finds the writes that a path reaches by way of a suspension point after the read that they are computed from, and
/// fills their Access::SuspendedAt.
class SuspensionFlow : public FlowProblem {
public:
  SuspensionFlow(const ExprIndex &AccessOf, Function &F);

  /// No write is computed from a read, or the function is no coroutine.
  bool trivial() const { return Writes.empty(); }

  FlowState entry() const override { return FlowState(Writes.size(), Before); }
  void evaluated(const clang::Expr &E, FlowState &State, bool Report) override;
  void declared(const clang::VarDecl &, FlowState &, bool) override {}
  void destroyed(const clang::VarDecl &, FlowState &, bool, bool) override {}
  llvm::ArrayRef<const clang::VarDecl *> variables() const override { return {}; }

private:
  enum : uint16_t { Before = 1, Read = 2, Suspended = 4 };
  const ExprIndex &AccessOf;
  Function &F;
  std::vector<unsigned> Writes;     // by their index in F.Accesses
  std::vector<Location> Suspension; // of each: a place where the function suspends after the read
};

} // namespace poolguard
