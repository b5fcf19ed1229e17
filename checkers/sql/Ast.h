//===- Ast.h - Reading libpg_query's JSON tree ------------------*- C++ -*-===//
//
// The tree is read field by field and by name, so that a parser of another PostgreSQL version, with fields more or
// less, does no harm: what isn't there reads as empty.
//
//===----------------------------------------------------------------------===//
#pragma once

#include <string>
#include <vector>

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"

#include "sql/Json.h"

namespace poolguard::sql::ast {

/// A node with its type: `{"ColumnRef": {...}}`. Null when absent.
struct Node {
  llvm::StringRef Type;
  const Object *Fields = nullptr;

  explicit operator bool() const { return Fields != nullptr; }
  bool is(llvm::StringRef T) const { return Fields && Type == T; }
};

Node node(const Value &V);
/// The typed node in a field.
Node node(const Object &O, llvm::StringRef Field);
/// The typed nodes in a field that is an array.
std::vector<Node> nodes(const Object &O, llvm::StringRef Field);
/// Whether a field is there, whatever it holds.
inline bool has(const Object &O, llvm::StringRef Field) { return O.get(Field) != nullptr; }
/// A field whose type is fixed and therefore not written (`"relation": {...}`).
const Object *object(const Object &O, llvm::StringRef Field);
llvm::StringRef text(const Object &O, llvm::StringRef Field);
bool flag(const Object &O, llvm::StringRef Field);
long long number(const Object &O, llvm::StringRef Field);
/// The field `location`; 0 when absent, as the parser leaves zeros out; negative when not known.
long long location(const Object &O);

/// The strings of an array of String nodes; `*` for a star.
std::vector<std::string> names(const Object &O, llvm::StringRef Field);
/// The last of `names`, or empty.
std::string lastName(const Object &O, llvm::StringRef Field);

/// Calls `Visit` for each node directly below, those in fields of fixed type included (with the field's type filled in
/// where a statement may hide in it: SelectStmt and FuncCall). The order is that of the node's fields, not of the text.
void forEachChild(const Object &O, llvm::function_ref<void(Node)> Visit);

/// The smallest location in the tree at `N`, or -1.
long long firstLocation(const Object &O);

} // namespace poolguard::sql::ast
