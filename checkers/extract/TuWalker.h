//===- TuWalker.h - Every body of a TU --------------------------*- C++ -*-===//
#pragma once

#include "clang/AST/DeclBase.h"

#include "extract/TuContext.h"

namespace poolguard {

/// Reads every function body in `Context` and below that doesn't stand in a system header: namespaces, classes, and the
/// instances of templates.
void walkContext(TuContext &Tu, const clang::DeclContext &Context);
void walkDecl(TuContext &Tu, const clang::Decl &D);

} // namespace poolguard
