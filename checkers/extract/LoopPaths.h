//===- LoopPaths.h - Which ways lead round a loop again ---------*- C++ -*-===//
#pragma once

#include <optional>

#include "clang/Analysis/CFG.h"

#include "extract/LoopCode.h"

namespace poolguard {

/// The ways through a loop's control flow graph, as far as constants that are stored in local variables decide the
/// branches.
class LoopPaths {
public:
  static std::optional<LoopPaths> of(TuContext &Tu, const clang::Stmt &Loop, const LoopCode &Code);

  /// A caught exception leads to the next round, and success leaves the loop.
  bool retriesOnException() const { return RoundAfterCatch && Leaves && !RoundAfterSuccess; }
  /// A result that fails a test leads to the next round, and success leaves the loop.
  bool retriesOnResult() const { return RoundAfterTest && Leaves && !RoundUntested; }
  bool goesRoundAfterTest() const { return RoundAfterTest; }
  bool nextRoundAfter(const clang::CXXCatchStmt &Handler) const { return RoundFrom.contains(&Handler); }

private:
  friend class LoopWalk;
  bool RoundAfterCatch = false, RoundAfterTest = false, Leaves = false;
  bool RoundUntested = false;     // without a test of the result
  bool RoundAfterSuccess = false; // the same, or with more work after the test
  llvm::SmallPtrSet<const clang::CXXCatchStmt *, 4> RoundFrom;
};

} // namespace poolguard
