//===- NamePattern.h - '*' globs over names and paths -----------*- C++ -*-===//
//
// In a qualified name `*` stands for any characters, `::` included. In a path `*` and `?` stay within one folder, and
// `**` crosses folders. Every other character stands for itself, so that `operator[]` is an ordinary name.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "llvm/ADT/StringRef.h"

namespace poolguard {

/// Whether `Name` as a whole is one of those that `Pattern` stands for.
bool matchesPattern(llvm::StringRef Pattern, llvm::StringRef Name);

/// Whether the path (parts joined by '/') is one of those that `Pattern` stands for. `src/**` and `src/` are all below
/// src, and `**/a.cpp` is a.cpp in any folder, the topmost included.
bool matchesPath(llvm::StringRef Pattern, llvm::StringRef Path);

/// The last component of a qualified name: `execute` in `app::Db::execute`, `operator std::string` in
/// `app::Key::operator std::string`.
llvm::StringRef lastComponent(llvm::StringRef QualifiedName);

} // namespace poolguard
