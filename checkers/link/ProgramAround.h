//===- ProgramAround.h - The program around an open file --------*- C++ -*-===//
#pragma once

#include <string>
#include <vector>

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

#include "link/ProgramFile.h"
#include "link/SharedSummaries.h"

namespace poolguard {

/// A stored program into which the code of one file is put as an editor has it. Immutable, so any number of threads may
/// use it.
class ProgramAround {
public:
  explicit ProgramAround(StoredProgram Stored);

  /// What names of internal linkage are relative to: a summary that is joined must have been made with the same.
  const std::string &root() const { return Root; }
  /// Whether any code of the program is in `File`.
  bool has(llvm::StringRef File) const { return CodeIn.count(File) != 0; }
  /// Whether the program was read with the config of that digest: `File` itself, where it is a TU, or else any.
  bool readWith(llvm::StringRef File, llvm::StringRef ConfigDigest) const;

  /// Whether all code that the program has in `File` is of the TU whose main file it is.
  bool hasAlone(llvm::StringRef File) const;

  /// The program's summaries, with `Open` in the place of what they have of its main file.
  SharedSummaries with(std::shared_ptr<const TuSummary> Open) const;

private:
  std::string Root;
  SharedSummaries Tus;
  llvm::StringMap<std::vector<unsigned>> CodeIn; // by file: the TUs with functions there
  llvm::StringMap<std::string> Configs;          // by main file
  llvm::StringSet<> AllConfigs;
};

} // namespace poolguard
