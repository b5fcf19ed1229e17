//===- Extractor.h - From the AST to a TU summary ---------------*- C++ -*-===//
#pragma once

#include <vector>

#include "clang/AST/ASTContext.h"

#include "link/PathRoot.h"
#include "link/Summary.h"
#include "model/RoleModel.h"

namespace poolguard {

/// Reads the whole TU once. Mistakes in annotations are appended to `Errors`. The summary holds no pointer into the
/// AST. Names of what only this TU sees have its path in them, as `Root` stores it.
TuSummary extract(clang::ASTContext &Context, const RoleModel &Roles, const PathRoot &Root,
                  std::vector<ConfigError> &Errors);

} // namespace poolguard
