//===- Operands.h - What an expression amounts to ---------------*- C++ -*-===//
#pragma once

#include <string>
#include <vector>

#include "llvm/ADT/StringRef.h"

#include "sql/Ast.h"
#include "sql/Facts.h"

namespace poolguard::sql {

/// A column as written: `j.lock_epoch` is {"j", "lock_epoch"}.
struct ColumnName {
  std::string Qualifier, Name;
};

/// A column inside an expression. `Falls`: the expression falls when the column's value grows, as that of
/// `now() - lock_until` does.
struct ColumnUse {
  ColumnName Column;
  bool Falls = false;
};

/// The node without its casts and COLLATE clauses.
ast::Node stripCasts(ast::Node N);

/// The column that `N` is, casts apart.
std::optional<ColumnName> asColumn(ast::Node N);

/// The columns that occur in `N`, those of subqueries left out. The order is that of the text.
std::vector<ColumnUse> columnsIn(ast::Node N);

/// Whether now() or its like occurs in `N`, subqueries left out.
bool mentionsNow(ast::Node N);

/// `Source` is the text that was parsed.
Operand operandOf(ast::Node N, llvm::StringRef Source);

/// One operand for several, as for the members of an IN list.
Operand joinOperands(const std::vector<Operand> &Members);

/// The value of a constant, casts apart; absent when `N` is none, or NULL.
std::optional<std::string> constantOf(ast::Node N, llvm::StringRef Source);
bool isNullConstant(ast::Node N);
/// A constant that PostgreSQL reads as a boolean (`true`, 'on', '1'::bool, ...).
std::optional<bool> booleanConstantOf(ast::Node N, llvm::StringRef Source);

} // namespace poolguard::sql
