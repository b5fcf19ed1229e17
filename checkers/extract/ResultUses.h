//===- ResultUses.h - What happens to the results of calls ------*- C++ -*-===//
#pragma once

#include "clang/AST/Decl.h"
#include "clang/AST/Expr.h"
#include "llvm/ADT/DenseMap.h"

#include "extract/TuContext.h"

namespace poolguard {

/// Fills Site::Result, ResultIn and Measured of the sites of `D`. `SiteOf` maps the expression of a site to its index
/// in `F.Sites`. A mention of a variable is a look at what it holds unless it is cast to void, overwritten, or given to
/// what tells nothing of it.
void readResultUses(TuContext &Tu, const clang::FunctionDecl &D,
                    const llvm::DenseMap<const clang::Expr *, unsigned> &SiteOf, Function &F);

} // namespace poolguard
