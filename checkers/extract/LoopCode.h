//===- LoopCode.h - What stands in a loop ------------------------*- C++ -*-===//
#pragma once

#include "clang/AST/StmtCXX.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallPtrSet.h"

#include "extract/TuContext.h"

namespace poolguard {

/// What stands in a loop itself: not in lambdas, nor in loops inside it.
struct LoopCode {
  using Variables = llvm::SmallPtrSet<const clang::VarDecl *, 8>;

  LoopCode(TuContext &Tu, const clang::Stmt &Loop, const clang::Stmt &Body);

  llvm::SmallVector<const clang::CXXTryStmt *, 4> Tries;
  llvm::SmallPtrSet<const clang::CXXTryStmt *, 4>
      Primary;   // those that don't stand in a handler, where they only clean up
  Variables Own; // declared or assigned in the loop, counters left out

  /// The direction in which the loop steps `Var`: 1, -1, or 0 when it does more with it, or nothing.
  int steps(const clang::VarDecl *Var) const;
  /// Whether the call does the loop's work, as opposed to logging, pausing and cleaning up.
  bool isWork(const clang::Expr &Call) const;
  /// The variable that the expression names; null for others.
  static const clang::VarDecl *variable(const clang::Expr *E);
  /// Adds the variables that calls in `E` may fill.
  void filledBy(const clang::Expr &E, Variables &Out) const;
  /// Whether the statement ends in a return, break or throw.
  static bool leaves(const clang::Stmt *S);
  /// Whether a condition in the handler looks at the exception: not all that it takes may be tried again.
  static bool decidesOnException(const clang::CXXCatchStmt &Handler);

private:
  TuContext &Tu;
  llvm::DenseMap<const clang::VarDecl *, int> Steps;
};

} // namespace poolguard
