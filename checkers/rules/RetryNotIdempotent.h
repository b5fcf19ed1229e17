//===- RetryNotIdempotent.h --------------------------------------*- C++ -*-===//
//
// Finds writes in a retry that aren't safe to repeat: an INSERT without ON CONFLICT or a key of the caller's, or an
// UPDATE that counts on, where the first attempt may have been done though it failed.
// docs/checks/retry-not-idempotent.md
//
//===----------------------------------------------------------------------===//
#pragma once

#include "rules/Rule.h"

namespace poolguard {

void retryNotIdempotent(const ProgramGraph &Graph, std::vector<Finding> &Findings, RuleStats &Stats);

} // namespace poolguard
