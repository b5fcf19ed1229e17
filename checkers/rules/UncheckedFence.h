//===- UncheckedFence.h - poolguard-unchecked-fence -------------*- C++ -*-===//
//
// The result of a fenced operation (a function with the role `fenced`, or an UPDATE or DELETE of a lease that matches
// its epoch) tells whether this worker still holds the lease. Finds results that nobody looks at, also where a function
// returns one to a caller that drops it: docs/checks/unchecked-fence.md. A renewal in a thread or timer callback is
// poolguard-worker-lock-renewal-shape's.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "rules/Rule.h"

namespace poolguard {

void uncheckedFence(const ProgramGraph &Graph, std::vector<Finding> &Findings, RuleStats &Stats);

} // namespace poolguard
