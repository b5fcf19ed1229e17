//===- Selection.h - Which checks a run has ---------------------*- C++ -*-===//
#pragma once

#include <vector>

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include "rules/Rule.h"

namespace poolguard::cli {

/// `--checks`: names and globs, later ones win, a leading `-` takes away. A list that begins by taking away (or is
/// empty) starts from the default checks (levels 0 and 1), any other from none. A pattern that matches no check is an
/// error, as is a list that leaves none.
llvm::Expected<std::vector<const Rule *>> selectRules(llvm::StringRef Patterns);

} // namespace poolguard::cli
