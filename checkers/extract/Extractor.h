//===- Extractor.h - From the AST to a TU summary ---------------*- C++ -*-===//
#pragma once

#include <vector>

#include "clang/AST/ASTContext.h"

#include "link/Summary.h"
#include "model/RoleModel.h"

namespace poolguard {

/// Reads the whole TU once. Mistakes in annotations are appended to `Errors`. The summary holds no pointer into the
/// AST.
TuSummary extract(clang::ASTContext &Context, const RoleModel &Roles, std::vector<ConfigError> &Errors);

} // namespace poolguard
