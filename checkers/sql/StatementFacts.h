//===- StatementFacts.h - A statement's kind and its limits -----*- C++ -*-===//
#pragma once

#include "sql/Ast.h"
#include "sql/Facts.h"

namespace poolguard::sql {

/// All facts of the statement `Root`; offsets are those of `Source`, the text that was parsed.
/// `Begin` is the offset of its first word.
Statement readStatement(ast::Node Root, llvm::StringRef Source, unsigned Begin);

} // namespace poolguard::sql
