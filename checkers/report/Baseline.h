//===- Baseline.h - Findings that were there before -------------*- C++ -*-===//
//
// A baseline lets a program with old findings have guards on new ones. It only shrinks: an entry that matches nothing
// any more is itself a finding, and new findings are never added to it.
//
//===----------------------------------------------------------------------===//
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/raw_ostream.h"

#include "model/RoleModel.h"
#include "report/Finding.h"
#include "report/Sources.h"

namespace poolguard {

/// One finding by its content: what stands in the flagged line, not where it stands. Findings that are alike in one
/// function share an entry.
struct BaselineEntry {
  std::string Check, Function, Code; // Code: the flagged line without its blanks
  unsigned Line = 0;                 // where the entry stands
  bool Used = false;
};

class Baseline {
public:
  /// Reads the YAML file at `Path`. Empty when it can't be used; `Errors` then says why, with the line.
  static std::optional<Baseline> read(llvm::StringRef Path, std::vector<ConfigError> &Errors);
  /// The baseline that covers all of `Findings`. Those of the config aren't taken in: they have no code.
  static Baseline of(llvm::ArrayRef<Finding> Findings, Sources &Files);

  /// Whether an entry covers the finding; notes that it is used.
  bool covers(const Finding &F, Sources &Files);
  /// For each entry that covered nothing, a finding at its line.
  std::vector<Finding> unused() const;
  /// Without the entries that covered nothing; how many went.
  size_t shrink();
  size_t size() const { return Entries.size(); }
  void write(llvm::raw_ostream &OS) const;

private:
  std::string Path;
  std::vector<BaselineEntry> Entries;
};

} // namespace poolguard
