//===- Places.h - What the flow problems share ------------------*- C++ -*-===//
#pragma once

#include <string>

#include "clang/AST/Expr.h"

#include "extract/TuContext.h"

namespace poolguard {

/// The variable or field that an expression names: through parentheses, casts, &, *, ->, std::move, get() and kin. Null
/// where it names none.
const clang::ValueDecl *namedBy(const clang::Expr *E);

/// The same when it is a variable.
const clang::VarDecl *variable(const clang::Expr *E);

/// The expression as written, on one line and not too long; a `*` or `&` before it left out.
std::string written(const TuContext &Tu, const clang::Expr *E);

/// The construction (or call) that initialises, without casts and temporaries around it.
const clang::Expr *plain(const clang::Expr *E);

/// Puts the scopes of each site and access in source order, outermost first, each once.
void sortScopes(Function &F);

} // namespace poolguard
