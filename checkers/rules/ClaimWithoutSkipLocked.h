//===- ClaimWithoutSkipLocked.h ----------------------------------*- C++ -*-===//
//
// Finds statements that claim a lease and make workers wait for each other or take the same row: SELECT ... FOR UPDATE
// with a LIMIT but without SKIP LOCKED, and a subquery that picks the row without locking it. A claim in two statements
// is poolguard-worker-pool-atomicity's.
// docs/checks/claim-without-skip-locked.md
//
//===----------------------------------------------------------------------===//
#pragma once

#include "rules/Rule.h"

namespace poolguard {

void claimWithoutSkipLocked(const ProgramGraph &Graph, std::vector<Finding> &Findings, RuleStats &Stats);

} // namespace poolguard
