//===- LockFailOpen.h - poolguard-lock-fail-open --------------------*- C++ -*-===//
//
// A lock that was not taken protects nothing. Finds results of try-locks that nobody looks at, failures to lock that
// are caught, logged and gone on with, and lock keys that differ from process to process:
// docs/checks/lock-fail-open.md.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "rules/Rule.h"

namespace poolguard {

void lockFailOpen(const ProgramGraph &Graph, std::vector<Finding> &Findings, RuleStats &Stats);

} // namespace poolguard
