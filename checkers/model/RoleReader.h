//===- RoleReader.h - Role keys to roles ------------------------*- C++ -*-===//
//
// The one place that knows what the role keys mean. Config files, presets and annotations all come through here.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "model/ConfigNode.h"
#include "model/Roles.h"

namespace poolguard {

/// Reads the role keys of a function or type from the map `Node`; `name` is left to the caller. What is wrong goes to
/// `Problems`, and the roles are then incomplete.
FunctionRoles readFunctionRoles(const ConfigNode &Node, ConfigProblems &Problems);
TypeRoles readTypeRoles(const ConfigNode &Node, ConfigProblems &Problems);
/// A lane that a type, variable or field can have.
Lane readObjectLane(const ConfigNode &Node, ConfigProblems &Problems);

/// The greatest argument index a role may name.
inline constexpr unsigned MaxArgument = 255;

} // namespace poolguard
