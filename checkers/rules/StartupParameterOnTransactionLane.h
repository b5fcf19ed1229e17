//===- StartupParameterOnTransactionLane.h -----------------------*- C++ -*-===//
//
// Finds connections of the transaction lane whose connection string carries startup parameters that a
// transaction-mode pooler rejects or drops.
// docs/checks/startup-parameter-on-transaction-lane.md
//
//===----------------------------------------------------------------------===//
#pragma once

#include "rules/Rule.h"

namespace poolguard {

void startupParameterOnTransactionLane(const ProgramGraph &Graph, std::vector<Finding> &Findings, RuleStats &Stats);

} // namespace poolguard
