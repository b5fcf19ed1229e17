//===- NoLockPathRetry.h -----------------------------------------*- C++ -*-===//
//
// Finds claims and renewals of a lease that run inside a retry, by the SQL they run or by the role `lock-path`.
// docs/checks/no-lock-path-retry.md
//
//===----------------------------------------------------------------------===//
#pragma once

#include "rules/Rule.h"

namespace poolguard {

void noLockPathRetry(const ProgramGraph &Graph, std::vector<Finding> &Findings, RuleStats &Stats);

} // namespace poolguard
