//===- DsnInLog.h ------------------------------------------------*- C++ -*-===//
//
// Finds connection strings with their password, or values that are also used to connect, in a log, an exception's
// text or a stream.
// docs/checks/dsn-in-log.md
//
//===----------------------------------------------------------------------===//
#pragma once

#include "rules/Rule.h"

namespace poolguard {

void dsnInLog(const ProgramGraph &Graph, std::vector<Finding> &Findings, RuleStats &Stats);

} // namespace poolguard
