//===- ConfigReader.h - A config or preset as data --------------*- C++ -*-===//
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/RoleModel.h"

namespace poolguard {

/// One item under `functions:` or `types:`.
struct RoleEntry {
  RoleModel::Entry Where;
  FunctionRoles Function; // when Where.IsType is false
  TypeRoles Type;         // when it is true
};

struct ParsedConfig {
  /// Absent: the key is missing, which means all presets.
  std::optional<std::vector<std::string>> Presets;
  std::vector<RoleEntry> Entries;
  std::vector<LeaseTable> Leases;
  std::vector<AllowEntry> Allow;
};

/// Reads the text of a config that stands at `File`, or of a preset (functions and types only). Every error is appended
/// to `Errors`; what the entries without an error say is returned even then.
ParsedConfig readConfig(llvm::StringRef Text, llvm::StringRef File, bool IsPreset, std::vector<ConfigError> &Errors);

} // namespace poolguard
