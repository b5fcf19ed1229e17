//===- ChangedFiles.h - What git says was changed ---------------*- C++ -*-===//
#pragma once

#include <set>
#include <string>

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace poolguard::cli {

/// The files below the git work tree of `Folder` that differ from the revision, or that git doesn't know yet, or that
/// are gone: absolute.
llvm::Expected<std::set<std::string>> changedSince(llvm::StringRef Revision, llvm::StringRef Folder);

} // namespace poolguard::cli
