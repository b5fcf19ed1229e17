//===- LockPathRouting.h ----------------------------------------*- C++ -*-===//
//
// Finds statements of the lock path (a claim or renewal of a lease, or anything a `lock-path` function runs) that reach
// the server on the transaction lane, over any number of calls; and functions that promise the session lane and fall
// back to the transaction lane without a word. docs/checks/lock-path-routing.md
//
//===----------------------------------------------------------------------===//
#pragma once

#include "rules/Rule.h"

namespace poolguard {

void lockPathRouting(const ProgramGraph &Graph, std::vector<Finding> &Findings, RuleStats &Stats);

} // namespace poolguard
