//===- PathRoot.h - Paths that mean the same elsewhere ----------*- C++ -*-===//
#pragma once

#include <string>

#include "llvm/ADT/StringRef.h"

namespace poolguard {

/// The folder that stored paths are relative to, so that a file means the same on another machine and in a sandbox.
class PathRoot {
public:
  /// `Root` is absolute; empty leaves paths as they are.
  explicit PathRoot(llvm::StringRef Root) : Root(Root.str()) {}

  /// `Path` as it is stored: with '/', relative when it lies below the root or next to it.
  std::string stored(llvm::StringRef Path) const;
  /// The absolute path of a stored one.
  std::string absolute(llvm::StringRef Stored) const;
  const std::string &root() const { return Root; }

private:
  std::string Root;
};

} // namespace poolguard
