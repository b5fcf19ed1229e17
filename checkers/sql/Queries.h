//===- Queries.h - The queries inside a statement ---------------*- C++ -*-===//
#pragma once

#include <vector>

#include "sql/Ast.h"
#include "sql/Facts.h"

namespace poolguard::sql {

/// All queries in the tree at `Root`, inner ones before the ones they stand in.
std::vector<Query> queriesIn(ast::Node Root, llvm::StringRef Source);

/// A RangeVar's table.
Table tableOf(const ast::Object &RangeVar);

} // namespace poolguard::sql
