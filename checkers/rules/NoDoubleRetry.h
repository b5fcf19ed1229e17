//===- NoDoubleRetry.h ------------------------------------------*- C++ -*-===//
//
// Finds a retry (a callable that a role runs in a retry, or a retry loop) from which another retry is reached, over any
// number of calls: their attempts multiply.
// docs/checks/no-double-retry.md
//
//===----------------------------------------------------------------------===//
#pragma once

#include "rules/Rule.h"

namespace poolguard {

void noDoubleRetry(const ProgramGraph &Graph, std::vector<Finding> &Findings, RuleStats &Stats);

} // namespace poolguard
