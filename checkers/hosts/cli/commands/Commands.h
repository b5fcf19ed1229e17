//===- Commands.h - The subcommands of `poolguard` --------------*- C++ -*-===//
#pragma once

#include <memory>

#include "clang/Tooling/CompilationDatabase.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/CommandLine.h"

namespace poolguard::cli {

/// The flags after `--`, if there are any.
using FixedCommands = std::unique_ptr<clang::tooling::CompilationDatabase>;

struct Command {
  llvm::cl::SubCommand *Sub;
  /// Returns the exit status.
  int (*Run)(FixedCommands Fixed);
};

/// Every command, in the order of the help.
llvm::ArrayRef<Command> commands();

// One a file of this folder, each with the options that are only its own.
extern const Command CheckCommand, SummarizeCommand, LinkCommand, DoctorCommand, ExplainCommand, BaselineCommand,
    InitCommand, MapCommand;

} // namespace poolguard::cli
