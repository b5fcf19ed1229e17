//===- Ancestry.h - Where in its function an expression stands --*- C++ -*-===//
#pragma once

#include "clang/AST/ExprCXX.h"
#include "llvm/ADT/SmallVector.h"

namespace poolguard {

/// The statements and expressions around the one that is being read, and that one itself.
class Ancestry {
public:
  void enter(const clang::Stmt &S) { Around.push_back(&S); }
  void leave() { Around.pop_back(); }
  size_t depth() const { return Around.size(); }

  /// Its value ends in a comparison.
  bool inComparison() const;
  /// It is a statement: nobody has its value.
  bool unused() const;
  /// Its value chooses something: an index, a key.
  bool picks() const;
  /// It is the first statement of an if's block.
  bool firstInBranch() const;
  bool inLoopCondition() const;
  /// What it is a statement of.
  const clang::Stmt *statement() const;

private:
  llvm::SmallVector<const clang::Stmt *, 32> Around;
};

} // namespace poolguard
