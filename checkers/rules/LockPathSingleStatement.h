//===- LockPathSingleStatement.h --------------------------------*- C++ -*-===//
//
// Finds claims and renewals of a lease that aren't one statement on their own: part of an open transaction, or of a
// text with several statements. docs/checks/lock-path-single-statement.md
//
//===----------------------------------------------------------------------===//
#pragma once

#include "rules/Rule.h"

namespace poolguard {

void lockPathSingleStatement(const ProgramGraph &Graph, std::vector<Finding> &Findings, RuleStats &Stats);

} // namespace poolguard
