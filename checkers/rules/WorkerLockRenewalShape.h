//===- WorkerLockRenewalShape.h - poolguard-worker-lock-renewal-shape -----===//
//
// A thread or timer callback that renews a lease must outlive every failed renewal and stop the job when the lease is
// gone. Finds callbacks that let an exception escape, ignore the fence, have no time limit, overlap themselves, sleep
// or retry inline, or measure their deadline on a wall clock: docs/checks/worker-lock-renewal-shape.md.
//
//===----------------------------------------------------------------------===//
#pragma once

#include <set>

#include "rules/Rule.h"

namespace poolguard {

void workerLockRenewalShape(const ProgramGraph &Graph, std::vector<Finding> &Findings, RuleStats &Stats);

/// What the rule finds in a graph; to be had by ProgramGraph::derived.
struct RenewalsOnThreads {
  explicit RenewalsOnThreads(const ProgramGraph &Graph);

  std::vector<Finding> Findings;
  RuleStats Stats;
  /// Where it reports a renewal whose result a thread or timer callback drops: no other check says that again.
  std::set<Location> Dropped;
};

} // namespace poolguard
