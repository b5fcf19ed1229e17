//===- Flow.h - What the control flow of a function tells -------*- C++ -*-===//
#pragma once

#include "clang/AST/Decl.h"
#include "clang/AST/Expr.h"
#include "llvm/ADT/DenseMap.h"

#include "extract/TuContext.h"

namespace poolguard {

/// Expressions to what the summary keeps of them, by index.
using ExprIndex = llvm::DenseMap<const clang::Expr *, unsigned>;

/// Answers on the CFG of `D`, with its exception edges and the order of destructors: which transactions are open and
/// which mutexes are held at each site and access (added to Function::Scopes, Site::Scopes and Access::Scopes), and the
/// flow facts. `SiteOf` maps the expression of a site to its index in `F.Sites`, `AccessOf` that of an access to its
/// index in `F.Accesses`.
void analyseFlow(TuContext &Tu, const clang::FunctionDecl &D, const ExprIndex &SiteOf, const ExprIndex &AccessOf,
                 Function &F);

} // namespace poolguard
