//===- NoLegacyGetconnection.h ----------------------------------*- C++ -*-===//
//
// Finds uses of singleton or static connections: calls of functions with the role `legacy-connection` and mentions of
// them, static connection objects, and functions that hand one on.
// docs/checks/no-legacy-getconnection.md
//
//===----------------------------------------------------------------------===//
#pragma once

#include "rules/Rule.h"

namespace poolguard {

void noLegacyGetconnection(const ProgramGraph &Graph, std::vector<Finding> &Findings, RuleStats &Stats);

} // namespace poolguard
