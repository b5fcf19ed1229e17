//===- ClaimWithoutSkipLocked.h ----------------------------------*- C++ -*-===//
//
// Finds claims of a lease that make workers wait for each other or take the same row: SELECT ... FOR UPDATE with a
// LIMIT but without SKIP LOCKED, a subquery that picks the row without locking it, and a SELECT followed by an
// UPDATE that doesn't check the row's state again.
// docs/checks/claim-without-skip-locked.md
//
//===----------------------------------------------------------------------===//
#pragma once

#include "rules/Rule.h"

namespace poolguard {

void claimWithoutSkipLocked(const ProgramGraph &Graph, std::vector<Finding> &Findings, RuleStats &Stats);

} // namespace poolguard
