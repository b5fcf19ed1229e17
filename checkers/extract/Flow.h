//===- Flow.h - What the control flow of a function tells -------*- C++ -*-===//
#pragma once

#include "clang/AST/Decl.h"
#include "clang/AST/Expr.h"
#include "llvm/ADT/DenseMap.h"

#include "extract/TuContext.h"

namespace poolguard {

/// Answers on the CFG of `D`, with its exception edges and the order of destructors: which transactions are open and
/// which mutexes are held at each site (added to Function::Scopes and Site::Scopes), and the flow facts. `SiteOf` maps
/// the expression of a site to its index in `F.Sites`.
void analyseFlow(TuContext &Tu, const clang::FunctionDecl &D,
                 const llvm::DenseMap<const clang::Expr *, unsigned> &SiteOf, Function &F);

} // namespace poolguard
