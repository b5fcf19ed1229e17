//===- SharedSummaries.h - Summaries that several graphs use ----*- C++ -*-===//
#pragma once

#include <memory>
#include <vector>

#include "link/Summary.h"

namespace poolguard {

/// The TUs of a program, none of them null. An editor links most of them again and again.
using SharedSummaries = std::vector<std::shared_ptr<const TuSummary>>;

} // namespace poolguard
