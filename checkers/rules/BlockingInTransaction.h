//===- BlockingInTransaction.h ----------------------------------*- C++ -*-===//
//
// Finds calls that wait (sleep, network, process, another thread) while a transaction is open, over any number of
// calls. docs/checks/blocking-in-transaction.md
//
//===----------------------------------------------------------------------===//
#pragma once

#include "rules/Rule.h"

namespace poolguard {

void blockingInTransaction(const ProgramGraph &Graph, std::vector<Finding> &Findings, RuleStats &Stats);

} // namespace poolguard
