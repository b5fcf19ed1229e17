//===- RoleLookup.h - The roles of AST declarations -------------*- C++ -*-===//
#pragma once

#include <memory>
#include <set>
#include <vector>

#include "clang/AST/DeclCXX.h"
#include "clang/AST/Type.h"
#include "llvm/ADT/DenseMap.h"

#include "extract/Names.h"
#include "model/RoleModel.h"

namespace poolguard {

/// Config, presets and annotations as one answer a declaration. Not thread-safe; one a TU.
class RoleLookup {
public:
  RoleLookup(const RoleModel &Model, const Names &Name, std::vector<ConfigError> &Errors)
      : Model(Model), Name(Name), Errors(Errors) {}

  /// A method without a role of its own has that of the method it overrides.
  const FunctionRoles &of(const clang::FunctionDecl &D);

  /// Roles of a class, its bases included; the empty roles for other types. References, pointers and the standard
  /// library's owning pointers are looked through.
  const TypeRoles &of(clang::QualType T);

  /// The lane an annotation on the variable or field, or else its type, gives.
  Lane laneOf(const clang::DeclaratorDecl &D);

  /// Whether the expression is a call that returns a transaction in which every statement commits on its own.
  bool makesAutocommit(const clang::Expr *E);

  /// Indices of the model's entries that matched something so far.
  const std::set<unsigned> &matched() const { return Matched; }

private:
  const RoleModel &Model;
  const Names &Name;
  std::vector<ConfigError> &Errors;
  llvm::DenseMap<const clang::FunctionDecl *, std::unique_ptr<const FunctionRoles>> Functions; // null: none
  llvm::DenseMap<const clang::TagDecl *, TypeRoles> Types;
  std::set<unsigned> Matched;

  const TypeRoles &ofRecord(const clang::TagDecl &D);
  static void settleOverload(const clang::FunctionDecl &D, FunctionRoles &Roles);
  void note(const std::vector<unsigned> &Entries) { Matched.insert(Entries.begin(), Entries.end()); }
};

/// What a reference, a pointer or a standard owning pointer refers to; any other type unchanged.
clang::QualType pointee(clang::QualType T);

} // namespace poolguard
