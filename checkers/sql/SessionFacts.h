//===- SessionFacts.h - What needs the same session later -------*- C++ -*-===//
#pragma once

#include <vector>

#include "sql/Ast.h"
#include "sql/Facts.h"

namespace poolguard::sql {

/// A call anywhere in a statement, in source order.
struct FunctionCall {
  const ast::Object *Fields = nullptr;
  std::string Name; // schema left out
  unsigned Offset = 0;
};

std::vector<FunctionCall> functionCallsIn(ast::Node Root);

/// Fills `Session` and `Local`. `Source` is the text that was parsed, `Begin` the offset of the statement's first word;
/// offsets are those of `Source`.
void readSessionFacts(ast::Node Root, llvm::ArrayRef<FunctionCall> Calls, llvm::StringRef Source, unsigned Begin,
                      Statement &Out);

} // namespace poolguard::sql
