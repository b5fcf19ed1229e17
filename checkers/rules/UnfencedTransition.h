//===- UnfencedTransition.h --------------------------------------*- C++ -*-===//
//
// Finds UPDATEs and DELETEs that change the state, epoch or expiry of a leased row without matching its epoch. A
// claim, a reaper that matches on the expiry, and a change of rows whose state says that nobody holds them are left
// alone.
// docs/checks/unfenced-transition.md
//
//===----------------------------------------------------------------------===//
#pragma once

#include "rules/Rule.h"

namespace poolguard {

void unfencedTransition(const ProgramGraph &Graph, std::vector<Finding> &Findings, RuleStats &Stats);

} // namespace poolguard
