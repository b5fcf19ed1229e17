//===- ProgramOnDisk.h - What `poolguard check` left ------------*- C++ -*-===//
#pragma once

#include <memory>
#include <string>

#include "link/ProgramAround.h"

namespace poolguard {

/// Where a host looks for the program.
struct ProgramSearch {
  std::string Chosen;        // the option poolguard.Program: a file, `none`, or empty: look for it
  std::string File;          // the open file, absolute
  std::string WorkingFolder; // of its compile command
  bool Editor = false;       // somebody may wonder why a finding doesn't show: a missing program is told too
};

/// The program that `poolguard check` left for the file; null when there is none, or it can't be used for this file,
/// which is told on stderr, once. It is kept in memory until another one lies there. `ConfigDigest` is of the roles in
/// force. Thread-safe.
std::shared_ptr<const ProgramAround> programAround(const ProgramSearch &Search, llvm::StringRef ConfigDigest);

} // namespace poolguard
