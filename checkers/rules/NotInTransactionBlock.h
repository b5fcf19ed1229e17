//===- NotInTransactionBlock.h ----------------------------------*- C++ -*-===//
//
// Finds statements that PostgreSQL refuses in a transaction block and that run in one (VACUUM, CREATE INDEX
// CONCURRENTLY), and those that mean nothing outside of one and run in autocommit (FOR UPDATE, SET LOCAL).
// docs/checks/not-in-transaction-block.md
//
//===----------------------------------------------------------------------===//
#pragma once

#include "rules/Rule.h"

namespace poolguard {

void notInTransactionBlock(const ProgramGraph &Graph, std::vector<Finding> &Findings, RuleStats &Stats);

} // namespace poolguard
