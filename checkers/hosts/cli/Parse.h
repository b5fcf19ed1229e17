//===- Parse.h - One TU to its summary --------------------------*- C++ -*-===//
#pragma once

#include <string>
#include <vector>

#include "clang/Tooling/CompilationDatabase.h"
#include "llvm/ADT/IntrusiveRefCntPtr.h"

#include "hosts/cli/RecordingFileSystem.h"
#include "link/PathRoot.h"
#include "link/Summary.h"
#include "model/RoleModel.h"

namespace poolguard::cli {

struct ParsedTu {
  TuSummary Summary;
  std::vector<ConfigError> ConfigErrors; // in annotations
  std::string ParseError;                // the file's name and the compiler's errors; empty when it parses
  llvm::IntrusiveRefCntPtr<RecordingFileSystem> Files;
};

/// Parses `File` with each of its compile commands, and takes together what they show. Thread-safe: uses nothing that
/// other parses use.
ParsedTu parse(const clang::tooling::CompilationDatabase &Commands, const std::string &File, const RoleModel &Model,
               const PathRoot &Root);

} // namespace poolguard::cli
