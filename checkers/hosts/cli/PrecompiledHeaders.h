//===- PrecompiledHeaders.h - Compile commands that use them ----*- C++ -*-===//
#pragma once

#include <string>

#include "clang/Tooling/ArgumentsAdjusters.h"
#include "clang/Tooling/CompilationDatabase.h"
#include "llvm/ADT/StringMap.h"

#include "hosts/cli/RecordingFileSystem.h"

namespace poolguard::cli {

/// Takes Clang's precompiled headers (`-include-pch FILE`) out of a command. Only the very compiler that wrote one can read
/// it, and the headers in it would not be known as what the parse depends on. CMake names the header beside it
/// (`-include .../cmake_pch.hxx`), so nothing is lost but time.
clang::tooling::ArgumentsAdjuster withoutPrecompiledHeaders();

/// The headers of CMake that `Commands` include by force, each by its absolute path with the text to parse in its place:
/// without `#pragma clang system_header`, which CMake writes to keep warnings quiet and which would make system headers of
/// the project's own. Notes in `Files` that they were read.
llvm::StringMap<std::string> forcedHeaders(llvm::ArrayRef<clang::tooling::CompileCommand> Commands,
                                           RecordingFileSystem &Files);

} // namespace poolguard::cli
