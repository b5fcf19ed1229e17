//===- CallFacts.h - What the shape of a call tells -------------*- C++ -*-===//
#pragma once

#include "clang/AST/ExprCXX.h"

#include "extract/RoleLookup.h"
#include "link/Summary.h"

namespace poolguard {

/// Whether the call puts text on a stream that leaves the program (a string stream doesn't) or into an exception.
TextSink sinkOf(const clang::Expr &E, const clang::FunctionDecl &Callee);

/// Nothing that is known of it can hold a connection string.
bool isPlainText(const Value &V);

/// The literal that the argument is, through conversions to a string class; null when it is none.
const clang::StringLiteral *literalOf(const clang::Expr *E);

/// The constructor that std::make_unique and std::make_shared call with that many arguments, when only one can take
/// them, or all that can have the same role `connects`.
const clang::CXXConstructorDecl *constructorThrough(RoleLookup &Roles, const clang::FunctionDecl &Maker,
                                                    size_t Arguments);

} // namespace poolguard
