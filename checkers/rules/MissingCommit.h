//===- MissingCommit.h ------------------------------------------*- C++ -*-===//
//
// Finds transactions that write and are destroyed without commit on every normal path of their function.
// docs/checks/missing-commit.md
//
//===----------------------------------------------------------------------===//
#pragma once

#include "rules/Rule.h"

namespace poolguard {

void missingCommit(const ProgramGraph &Graph, std::vector<Finding> &Findings, RuleStats &Stats);

} // namespace poolguard
