//===- Resolver.h - What a value is, given the whole program ----*- C++ -*-===//
#pragma once

#include <string>
#include <vector>

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"

#include "link/SharedSummaries.h"

namespace poolguard {

/// Puts constants, fields and results in the place of their names. Parameters stay: callers know them.
class Resolver {
public:
  /// To be called once, before anything is resolved; the summaries are kept by whoever calls it.
  void read(const SharedSummaries &Summaries);

  Value resolve(const Value &V) { return resolve(V, 0); }

  /// `V` with the parameters of `Function` replaced by what a call hands over.
  static Value substitute(const Value &V, const std::string &Function, const Value &Object,
                          const std::vector<Value> &Arguments);

private:
  // By USR, with the summaries' own texts as keys.
  llvm::DenseMap<llvm::StringRef, const Value *> Globals;
  llvm::DenseMap<llvm::StringRef, Lane> Returns; // by the functions' roles
  llvm::DenseMap<llvm::StringRef, llvm::SmallVector<const Value *, 1>> Fields;
  llvm::DenseMap<llvm::StringRef, const Function *> Functions;
  /// For each function the calls of it, for fields that a constructor fills from its parameters.
  llvm::DenseMap<llvm::StringRef, llvm::SmallVector<const Site *, 1>> Callers;
  llvm::StringMap<Value> FieldMemo;
  std::vector<std::string> Active;

  static constexpr unsigned MaxDepth = 12;
  Value resolve(const Value &V, unsigned Depth);
  Value field(const std::string &Usr, unsigned Depth);
  Value anyCaller(const Value &V, unsigned Depth);
};

} // namespace poolguard
