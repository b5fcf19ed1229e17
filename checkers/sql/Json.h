//===- Json.h - libpg_query's output as a tree ------------------*- C++ -*-===//
//
// llvm::json spends 4 KB on each object, and a parse tree has an object for each name and number; this reader spends
// what the text has and keeps the order of the fields.
//
//===----------------------------------------------------------------------===//
#pragma once

#include <memory>

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Allocator.h"

namespace poolguard::sql::ast {

class Object;

/// A JSON value; what it points to belongs to the Tree, or is part of the text that was read.
struct Value {
  enum class Kind { Null, Boolean, Number, String, Array, Object } Kind = Kind::Null;
  bool Boolean = false;
  long long Number = 0; // fractions are cut off; the parser writes none
  llvm::StringRef Text;
  llvm::ArrayRef<Value> Items;
  const ast::Object *Fields = nullptr;
};

struct Member {
  llvm::StringRef Key;
  Value Held;
};

class Object {
public:
  explicit Object(llvm::ArrayRef<Member> Members) : Members(Members) {}

  const Value *get(llvm::StringRef Key) const {
    for (const Member &M : Members)
      if (M.Key == Key)
        return &M.Held;
    return nullptr;
  }
  llvm::ArrayRef<Member> members() const { return Members; }

private:
  llvm::ArrayRef<Member> Members;
};

class Tree {
public:
  /// Null when `Json` isn't JSON, or is nested deeper than can be read safely.
  static std::unique_ptr<Tree> read(llvm::StringRef Json);

  const Value &root() const { return Root; }

private:
  llvm::BumpPtrAllocator Memory;
  Value Root;
};

} // namespace poolguard::sql::ast
