//===- ProjectFiles.h - Where a project has what runs poolguard -*- C++ -*-===//
#pragma once

#include "llvm/ADT/StringRef.h"

namespace poolguard::cli {

// Relative to the project's folder. `init` writes the three that run the check; `baseline` writes the last.
constexpr llvm::StringRef PreCommitFile = ".pre-commit-config.yaml";
constexpr llvm::StringRef GithubFile = ".github/workflows/poolguard.yml";
constexpr llvm::StringRef GitlabFile = ".gitlab/poolguard.yml";
constexpr llvm::StringRef DefaultBaseline = ".poolguard-baseline.yaml";

} // namespace poolguard::cli
