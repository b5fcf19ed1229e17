//===- Accesses.h - What other threads may reach ----------------*- C++ -*-===//
#pragma once

#include "clang/AST/Decl.h"

#include "extract/Flow/Flow.h"
#include "extract/TuContext.h"

namespace poolguard {

/// Fills F.Accesses: how the body of `D` reads and writes counters, flags, atomics and containers that other threads
/// may reach, and where it suspends (of a coroutine). What the body only reads is left out. `AccessOf` gets the
/// expression of each access.
void readAccesses(TuContext &Tu, const clang::FunctionDecl &D, Function &F, ExprIndex &AccessOf);

} // namespace poolguard
