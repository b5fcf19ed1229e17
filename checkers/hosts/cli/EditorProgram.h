//===- EditorProgram.h - What the editor's hosts read -----------*- C++ -*-===//
#pragma once

#include <string>
#include <vector>

#include "llvm/ADT/ArrayRef.h"

#include "hosts/cli/Driver.h"
#include "hosts/cli/Program.h"
#include "link/PathRoot.h"
#include "link/Summary.h"

namespace poolguard::cli {

/// Leaves the program in its build folder, so that an editor's host can show findings that run through other files.
class EditorProgram {
public:
  /// `Wanted` false: does nothing. Neither does it for a part of a program.
  EditorProgram(const Program &P, bool Wanted, const Summaries &Parsed, const PathRoot &Root);

  /// Whether another one lies there, or none.
  bool outdated() const { return Outdated; }
  /// Writes it. A folder that can't be written is told on stderr and fails nothing.
  void leave(llvm::ArrayRef<TuSummary> Tus) const;

private:
  std::string Path, Key, Root;
  std::vector<std::string> Configs;
  bool Outdated = false;
};

} // namespace poolguard::cli
