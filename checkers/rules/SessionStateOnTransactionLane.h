//===- SessionStateOnTransactionLane.h ---------------------------*- C++ -*-===//
//
// Finds statements and calls that need the same server session later (SET, LISTEN, PREPARE, session advisory locks,
// temporary tables, ...) and reach the server on the transaction lane, where the next transaction may get another
// session. What a connection's factory sets, and what is reset before the connection goes back, is left alone.
// docs/checks/session-state-on-transaction-lane.md
//
//===----------------------------------------------------------------------===//
#pragma once

#include "rules/Rule.h"

namespace poolguard {

void sessionStateOnTransactionLane(const ProgramGraph &Graph, std::vector<Finding> &Findings, RuleStats &Stats);

} // namespace poolguard
