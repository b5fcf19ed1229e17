//===- TwoStepClaims.h - Claims that select, then update --------*- C++ -*-===//
#pragma once

#include <vector>

#include "link/ProgramGraph.h"
#include "report/Finding.h"

namespace poolguard {

/// Finds claims of a lease, for poolguard-worker-pool-atomicity, that take the row which an earlier statement of the
/// same function found and nobody locked. Returns how many claims there are, in one step or two.
unsigned twoStepClaims(const ProgramGraph &G, std::vector<Finding> &Findings);

} // namespace poolguard
