//===- ConnectionSharedAcrossThreads.h --------------------------*- C++ -*-===//
//
// A connection, and every transaction on it, belongs to one thread at a time. Finds connections that callables which run
// at the same time use without a lock: poolguard-connection-shared-across-threads,
// docs/checks/connection-shared-across-threads.md.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "rules/Rule.h"

namespace poolguard {

void connectionSharedAcrossThreads(const ProgramGraph &Graph, std::vector<Finding> &Findings, RuleStats &Stats);

} // namespace poolguard
