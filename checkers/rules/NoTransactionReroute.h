//===- NoTransactionReroute.h -----------------------------------*- C++ -*-===//
//
// Finds statements that run while a transaction is open but not on it: on the pool or engine that opened it, or on
// another connection, in the function that has the transaction open or in what it calls.
// docs/checks/no-transaction-reroute.md
//
//===----------------------------------------------------------------------===//
#pragma once

#include "rules/Rule.h"

namespace poolguard {

void noTransactionReroute(const ProgramGraph &Graph, std::vector<Finding> &Findings, RuleStats &Stats);

} // namespace poolguard
