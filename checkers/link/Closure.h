//===- Closure.h - All that calls lead to -----------------------*- C++ -*-===//
#pragma once

#include <set>

#include "link/ProgramGraph.h"

namespace poolguard {

/// The functions, and all that call them over any number of calls.
std::set<unsigned> withCallers(const ProgramGraph &Graph, std::set<unsigned> Functions);

/// The functions, and all that they call over any number of calls.
std::set<unsigned> withCallees(const ProgramGraph &Graph, std::set<unsigned> Functions);

} // namespace poolguard
