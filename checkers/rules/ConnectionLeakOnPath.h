//===- ConnectionLeakOnPath.h -----------------------------------*- C++ -*-===//
//
// Finds connections that are acquired and released by hand, where a return or an exception misses the release, or where
// they are released twice; and guards that release in their destructor and can be copied.
// docs/checks/connection-leak-on-path.md
//
//===----------------------------------------------------------------------===//
#pragma once

#include "rules/Rule.h"

namespace poolguard {

void connectionLeakOnPath(const ProgramGraph &Graph, std::vector<Finding> &Findings, RuleStats &Stats);

} // namespace poolguard
