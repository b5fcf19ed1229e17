//===- RetryLoop.h - Loops that try again, and try blocks -------*- C++ -*-===//
#pragma once

#include <optional>

#include "clang/AST/StmtCXX.h"

#include "extract/TuContext.h"

namespace poolguard {

/// The scope that the loop is when it is a retry: its body tries something, and a failure leads to the next round. Poll
/// loops and loops over items are none.
std::optional<CodeScope> retryLoop(TuContext &Tu, const clang::Stmt &Loop);

/// The scope of a try block.
CodeScope tryScope(TuContext &Tu, const clang::CXXTryStmt &Try);

} // namespace poolguard
