//===- KeySource.h - Keys that mean nothing elsewhere -----------*- C++ -*-===//
#pragma once

#include <string>

#include "clang/AST/Expr.h"

namespace poolguard {

/// What the expression is made from whose value another process or build may not share: `std::hash`, or `the address of
/// an object`; empty when there is no such thing. Looks into the initialisers of local variables.
std::string unstableKey(const clang::Expr &E);

} // namespace poolguard
