//===- Program.h - Which TUs, and how they are compiled ---------*- C++ -*-===//
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "clang/Tooling/CompilationDatabase.h"
#include "llvm/Support/Error.h"

namespace poolguard::cli {

/// The translation units of a run.
struct Program {
  std::unique_ptr<clang::tooling::CompilationDatabase> Commands;
  std::string Folder;             // of compile_commands.json, links resolved; empty: the flags were given
  std::vector<std::string> Files; // absolute, sorted, each once
  bool Whole = true;              // every TU of the compile commands: what matches nothing here matches nothing
};

/// Finds the compile commands (those after `--`, or below `BuildPath`, or near the working directory) and the TUs.
/// `Paths` are files, or folders that stand for every TU below them; none means every TU.
llvm::Expected<Program> loadProgram(llvm::StringRef BuildPath,
                                    std::unique_ptr<clang::tooling::CompilationDatabase> Fixed,
                                    llvm::ArrayRef<std::string> Paths);

} // namespace poolguard::cli
