//===- Names.h - How the summary names declarations and places --*- C++ -*-===//
#pragma once

#include <string>

#include "clang/AST/ASTContext.h"
#include "clang/AST/Decl.h"
#include "clang/AST/Expr.h"

#include "link/Location.h"
#include "link/PathRoot.h"

namespace poolguard {

/// Names entities and places of one TU. Not thread-safe; one a TU.
class Names {
public:
  Names(const clang::ASTContext &Context, const PathRoot &Root);

  /// The USR of the canonical declaration. What isn't visible outside the TU has the TU's main file in it.
  std::string usr(const clang::NamedDecl &D) const;

  /// `app::Db::execute`: no template arguments, no inline namespaces; `lambda in f` for a call operator of a lambda.
  std::string qualified(const clang::NamedDecl &D) const;

  /// The place, in a file: for a macro where it is used.
  Location location(clang::SourceLocation L) const;

  /// The place of the literal's first byte, when it is one token whose text stands in the file byte for byte; else
  /// invalid.
  Location textOf(const clang::StringLiteral &Literal) const;

  /// Whether the place is in a system header (or nowhere).
  bool inSystemHeader(clang::SourceLocation L) const;

  const std::string &mainFile() const { return MainFile; }

private:
  const clang::ASTContext &Context;
  const PathRoot &Root;
  std::string MainFile, StoredMainFile;
  mutable llvm::DenseMap<clang::FileID, std::string> Paths;
  mutable llvm::DenseMap<const clang::Decl *, std::string> Usrs;

  const std::string &path(clang::FileID File) const;
  std::string makeUsr(const clang::NamedDecl &D) const;
};

} // namespace poolguard
