//===- NamePattern.h - '*' globs over qualified names -----------*- C++ -*-===//
//
// `*` stands for any characters, `::` included; every other character stands for itself, so that `operator()` and
// `operator[]` are ordinary names.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "llvm/ADT/StringRef.h"

namespace poolguard {

/// Whether `Name` as a whole is one of those that `Pattern` stands for.
bool matchesPattern(llvm::StringRef Pattern, llvm::StringRef Name);

/// The last component of a qualified name: `execute` in `app::Db::execute`, `operator std::string` in
/// `app::Key::operator std::string`.
llvm::StringRef lastComponent(llvm::StringRef QualifiedName);

} // namespace poolguard
