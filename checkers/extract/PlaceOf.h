//===- PlaceOf.h - Variables that threads may share -------------*- C++ -*-===//
#pragma once

#include <optional>

#include "clang/AST/Decl.h"
#include "clang/AST/Expr.h"

#include "extract/TuContext.h"

namespace poolguard {

/// The variable or field that an expression names, and its type; a pointer's is that of what it leads to.
struct NamedPlace {
  Place At;
  clang::QualType Type;
};

/// Looks through parentheses, casts, &, *, ->, std::ref and kin. Nothing when the expression names no variable, or one
/// that is the thread's own for certain: thread-local, or the copy that the lambda `D` made of a plain object.
std::optional<NamedPlace> placeOf(TuContext &Tu, const clang::FunctionDecl &D, const clang::Expr &E);

/// What an object of the type is to those who share work by it.
Access::Sort sortOf(clang::QualType T);

/// Whether an object of the type leads to another one, and a copy to the same: pointers, std::shared_ptr,
/// std::reference_wrapper.
bool leadsElsewhere(clang::QualType T);

/// The type that std::atomic holds; null for other types.
clang::QualType heldByAtomic(clang::QualType T);

} // namespace poolguard
