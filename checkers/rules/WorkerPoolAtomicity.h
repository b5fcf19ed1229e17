//===- WorkerPoolAtomicity.h - poolguard-worker-pool-atomicity ------------===//
//
// Several workers that take work from one place must take it in one step. Finds plain counters and containers without a
// lock, atomics that are loaded and then stored, bounds that are checked on one read while another is used, suspensions
// of a coroutine between a read and the write computed from it, and claims in SQL that select a row and then update it:
// docs/checks/worker-pool-atomicity.md.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "rules/Rule.h"

namespace poolguard {

void workerPoolAtomicity(const ProgramGraph &Graph, std::vector<Finding> &Findings, RuleStats &Stats);

} // namespace poolguard
