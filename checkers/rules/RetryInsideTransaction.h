//===- RetryInsideTransaction.h ----------------------------------*- C++ -*-===//
//
// Finds statements that a retry repeats in a transaction which was opened outside of it: after the first error the
// transaction is aborted, and every further attempt fails.
// docs/checks/retry-inside-transaction.md
//
//===----------------------------------------------------------------------===//
#pragma once

#include "rules/Rule.h"

namespace poolguard {

void retryInsideTransaction(const ProgramGraph &Graph, std::vector<Finding> &Findings, RuleStats &Stats);

} // namespace poolguard
