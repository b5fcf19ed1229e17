//===- Closure.h - All that calls lead to -----------------------*- C++ -*-===//
#pragma once

#include "llvm/ADT/BitVector.h"

#include "link/ProgramGraph.h"

namespace poolguard {

/// The functions (a bit for each of the graph), and all that call them over any number of calls.
llvm::BitVector withCallers(const ProgramGraph &Graph, llvm::BitVector Functions);

/// The functions, and all that they call over any number of calls.
llvm::BitVector withCallees(const ProgramGraph &Graph, llvm::BitVector Functions);

} // namespace poolguard
