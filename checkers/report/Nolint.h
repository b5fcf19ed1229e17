//===- Nolint.h - Suppression in the source ---------------------*- C++ -*-===//
#pragma once

#include <vector>

#include "report/Finding.h"

namespace poolguard {

/// Takes away the findings that `// NOLINT(poolguard-...)` on the line, NOLINTNEXTLINE on the line above, or a
/// NOLINTBEGIN / NOLINTEND pair around it suppresses, with clang-tidy's meaning of the names: none or `*` means every
/// check, `*` is a glob, a leading `-` excepts. Reads the files that have findings.
void suppressNolint(std::vector<Finding> &Findings);

} // namespace poolguard
