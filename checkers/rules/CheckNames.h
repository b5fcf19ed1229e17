//===- CheckNames.h - The manifest of checks, compiled in -------*- C++ -*-===//
//
// Made from checkers/checks.yaml when the build is configured (checkers/cmake/GenerateChecks.cmake).
//
//===----------------------------------------------------------------------===//
#pragma once

#include <vector>

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace poolguard {

struct CheckInfo {
  llvm::StringRef Name; // without the `poolguard-` prefix
  unsigned Level;       // 0: no false positive known on the corpus, 1: on by default, 2: opt-in
  llvm::StringRef Summary;
  llvm::ArrayRef<llvm::StringRef> Roles; // the role keys the check needs, as in the role config
  bool Fix;
  llvm::StringRef Cost;
};

/// Every check, in the manifest's order.
llvm::ArrayRef<CheckInfo> checkInfos();

/// The check of that name, with or without the `poolguard-` prefix; null when there is none.
const CheckInfo *findCheck(llvm::StringRef Name);

/// The names of all checks, without the prefix.
std::vector<llvm::StringRef> checkNames();

} // namespace poolguard
