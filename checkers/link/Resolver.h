//===- Resolver.h - What a value is, given the whole program ----*- C++ -*-===//
#pragma once

#include <string>
#include <vector>

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SmallVector.h"

#include "link/SharedSummaries.h"

namespace poolguard {

/// Puts constants, fields and results in the place of their names. Parameters stay: callers know them.
class Resolver {
public:
  /// To be called once each, by two threads if need be; the summaries are kept by whoever calls it.
  void readNames(const SharedSummaries &Summaries);
  void readCallers(const SharedSummaries &Summaries);
  /// And then this, for each number below fieldStretches(), by any number of threads.
  void settleFields(size_t Stretch);
  size_t fieldStretches() const;

  /// After all that. Any number of threads may ask.
  Value resolve(const Value &V) const;

  /// `V` with the parameters of `Function` replaced by what a call hands over.
  static Value substitute(const Value &V, llvm::StringRef Function, const Value &Object,
                          const std::vector<Value> &Arguments);

private:
  class Walk;
  // By USR, with the summaries' own texts as keys.
  llvm::DenseMap<llvm::StringRef, const Value *> Globals;
  llvm::DenseMap<llvm::StringRef, Lane> Returns; // by the functions' roles
  struct Field {
    llvm::SmallVector<const Value *, 1> Stored;
    Value Holds; // what that is
  };
  llvm::MapVector<llvm::StringRef, Field> Fields; // in the order of the summaries
  llvm::DenseMap<llvm::StringRef, const Function *> Functions;
  /// For each function the calls of it, for fields that a constructor fills from its parameters.
  llvm::DenseMap<llvm::StringRef, llvm::SmallVector<const Site *, 1>> Callers;
  /// What fields that hold each other are depends on which is settled first: so many are settled in their order,
  /// whoever else settles others meanwhile.
  static constexpr size_t Stretch = 512;
};

} // namespace poolguard
