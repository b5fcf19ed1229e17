//===- RolesOnDisk.h - The config in force, read once -----------*- C++ -*-===//
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "model/RoleModel.h"

namespace poolguard {

/// The roles of the config at `Path` (empty: those without a config); null when it can't be used, and what is wrong is
/// added to `Errors`. It is read anew only when the file has changed: an editor asks with every edit. Thread-safe.
std::shared_ptr<const RoleModel> rolesOf(const std::string &Path, std::vector<ConfigError> &Errors);

} // namespace poolguard
