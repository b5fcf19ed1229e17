//===- Options.h - Options that several commands have -----------*- C++ -*-===//
#pragma once

#include <optional>
#include <string>

#include "llvm/Support/CommandLine.h"

#include "hosts/cli/Cache.h"
#include "hosts/cli/Conclusion.h"
#include "hosts/cli/JudgeProgram.h"
#include "hosts/cli/Program.h"
#include "hosts/cli/commands/Commands.h"

namespace poolguard::cli {

/// The category of every option of ours: the help shows no others.
llvm::cl::OptionCategory &optionCategory();

// The commands themselves, here so that options can name the ones they belong to.
llvm::cl::SubCommand &checkSubCommand();
llvm::cl::SubCommand &summarizeSubCommand();
llvm::cl::SubCommand &linkSubCommand();
llvm::cl::SubCommand &doctorSubCommand();
llvm::cl::SubCommand &explainSubCommand();
llvm::cl::SubCommand &baselineSubCommand();
llvm::cl::SubCommand &initSubCommand();
llvm::cl::SubCommand &mapSubCommand();

/// -p, FILES, --config, -j, --root as the command line has them. What can't be used is told on stderr, and gives
/// nothing.
std::optional<Program> programOfOptions(FixedCommands Fixed);
JudgeOptions judgeOptions();
/// --cache, --cache-size, --no-cache.
std::unique_ptr<Cache> cacheOfOptions();
/// --checks.
std::optional<std::vector<const Rule *>> rulesOfOptions();
/// --format, -o, --root, --baseline, --docs, --vacuous-is-error.
std::optional<ReportOptions> reportOptions();
/// FILES of `link` and `summarize`.
llvm::ArrayRef<std::string> files();
const std::string &output();
std::string rootFolder();

} // namespace poolguard::cli
