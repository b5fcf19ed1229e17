//===- WriteFile.h - Files that are whole or not there ----------*- C++ -*-===//
#pragma once

#include <string>

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/raw_ostream.h"

namespace poolguard::cli {

/// Writes a file (`-`: standard output) beside its place and moves it there when it is complete. False when that fails,
/// which is told on stderr; then what was there is untouched.
bool writeFile(const std::string &Path, llvm::function_ref<void(llvm::raw_ostream &)> Write);

} // namespace poolguard::cli
