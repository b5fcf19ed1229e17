//===- Annotations.h - Roles written in the code ----------------*- C++ -*-===//
#pragma once

#include <string>
#include <vector>

#include "clang/AST/Decl.h"

#include "model/RoleModel.h"

namespace poolguard {

/// What `[[clang::annotate("poolguard", ...)]]` on the declarations of `D` says, all redeclarations taken together; for
/// an instance of a template that has none, what stands on the template. What an overridden method says is the caller's
/// to ask for. A mistake (unknown key, argument of the wrong kind) is appended to `Errors` with its place.
FunctionRoles annotatedRoles(const clang::FunctionDecl &D, std::vector<ConfigError> &Errors);
TypeRoles annotatedRoles(const clang::TagDecl &D, std::vector<ConfigError> &Errors);
/// The lane of a variable or field; Lane::Unknown when it has none.
Lane annotatedLane(const clang::DeclaratorDecl &D, std::vector<ConfigError> &Errors);

} // namespace poolguard
