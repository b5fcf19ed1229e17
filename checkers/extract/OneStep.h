//===- OneStep.h - Fix-its that make one step of two ------------*- C++ -*-===//
#pragma once

#include <vector>

#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"

#include "extract/TuContext.h"

namespace poolguard {

/// `x = next.load(); … next.store(x + 1);` in `Block`, where `Held` is `x`, is `x = next.fetch_add(1); …`: the edits,
/// or none where that isn't the one right answer.
std::vector<SourceEdit> fetchInstead(const TuContext &Tu, const clang::CXXMemberCallExpr &Load,
                                     const clang::VarDecl &Held, const clang::CXXMemberCallExpr &Store,
                                     const clang::CompoundStmt &Block);

/// `if (!taken.load()) { taken.store(true); … }` is `if (!taken.exchange(true)) { … }`, also with the implicit load.
/// `Condition` is the whole condition.
std::vector<SourceEdit> exchangeInstead(const TuContext &Tu, const clang::Expr &Condition, const clang::Expr &Read,
                                        const clang::Expr &Write);

} // namespace poolguard
