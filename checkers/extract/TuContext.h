//===- TuContext.h - What the extractor's parts share -----------*- C++ -*-===//
#pragma once

#include "clang/AST/ASTContext.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringSet.h"

#include "extract/Names.h"
#include "extract/RoleLookup.h"
#include "link/Summary.h"

namespace poolguard {

/// The summary that is being made, and the tables for making it.
struct TuContext {
  TuContext(clang::ASTContext &Ast, const Names &Name, RoleLookup &Roles, TuSummary &Summary)
      : Ast(Ast), Name(Name), Roles(Roles), Summary(Summary) {}

  clang::ASTContext &Ast;
  const Names &Name;
  RoleLookup &Roles;
  TuSummary &Summary;
  llvm::DenseMap<const clang::Decl *, std::string> Usrs;
  llvm::StringSet<> Walked; // USRs of the functions whose bodies were read

  /// The USR of `D`, whose roles and place are now in the summary.
  const std::string &declare(const clang::FunctionDecl &D);
  /// The same for a variable; a static connection counts as legacy.
  const std::string &declare(const clang::VarDecl &D);
};

} // namespace poolguard
