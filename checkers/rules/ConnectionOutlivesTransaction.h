//===- ConnectionOutlivesTransaction.h --------------------------*- C++ -*-===//
//
// Finds connections that go back to their pool while a transaction on them is open: by a call, or by a handle that is
// destroyed before the transaction.
// docs/checks/connection-outlives-transaction.md
//
//===----------------------------------------------------------------------===//
#pragma once

#include "rules/Rule.h"

namespace poolguard {

void connectionOutlivesTransaction(const ProgramGraph &Graph, std::vector<Finding> &Findings, RuleStats &Stats);

} // namespace poolguard
