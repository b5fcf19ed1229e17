//===- Driver.h - Every TU to its summary -----------------------*- C++ -*-===//
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "hosts/cli/Program.h"
#include "link/Summary.h"
#include "model/RoleModel.h"

namespace poolguard::cli {

/// What parsing the program gave.
struct Summaries {
  std::vector<TuSummary> Tus;            // in the order of Program::Files
  std::vector<ConfigError> ConfigErrors; // each once
  std::vector<std::string> ParseErrors;  // a text a TU that doesn't parse: its name and the compiler's errors
  /// Entries of config files (not presets) that matched nothing in any TU that the config governs.
  std::vector<RoleModel::Entry> UnmatchedEntries;
};

/// Parses the TUs on up to `Jobs` threads (0: one a core). `ConfigPath` overrides the search for `.poolguard.yaml`.
Summaries summarize(const Program &P, llvm::StringRef ConfigPath, unsigned Jobs);

} // namespace poolguard::cli
