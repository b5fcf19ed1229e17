//===- Resolver.h - What a value is, given the whole program ----*- C++ -*-===//
#pragma once

#include <string>
#include <vector>

#include "llvm/ADT/StringMap.h"

#include "link/SharedSummaries.h"

namespace poolguard {

/// Puts constants, fields and results in the place of their names. Parameters stay: callers know them.
class Resolver {
public:
  explicit Resolver(const SharedSummaries &Summaries);

  Value resolve(const Value &V) { return resolve(V, 0); }

  /// `V` with the parameters of `Function` replaced by what a call hands over.
  static Value substitute(const Value &V, const std::string &Function, const Value &Object,
                          const std::vector<Value> &Arguments);

private:
  llvm::StringMap<const Value *> Globals;
  llvm::StringMap<Lane> Returns; // by the functions' roles
  llvm::StringMap<std::vector<const Value *>> Fields;
  llvm::StringMap<const Function *> Functions;
  /// For each function the calls of it, for fields that a constructor fills from its parameters.
  llvm::StringMap<std::vector<const Site *>> Callers;
  llvm::StringMap<Value> FieldMemo;
  std::vector<std::string> Active;

  static constexpr unsigned MaxDepth = 12;
  Value resolve(const Value &V, unsigned Depth);
  Value field(const std::string &Usr, unsigned Depth);
  Value anyCaller(const Value &V, unsigned Depth);
};

} // namespace poolguard
