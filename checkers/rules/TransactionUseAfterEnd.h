//===- TransactionUseAfterEnd.h ---------------------------------*- C++ -*-===//
//
// Finds statements on a transaction that is committed or aborted on every path, in the function itself or in one that
// it hands the transaction to. docs/checks/transaction-use-after-end.md
//
//===----------------------------------------------------------------------===//
#pragma once

#include "rules/Rule.h"

namespace poolguard {

void transactionUseAfterEnd(const ProgramGraph &Graph, std::vector<Finding> &Findings, RuleStats &Stats);

} // namespace poolguard
