//===- JudgeProgram.h - From the cache or anew -------------------*- C++ -*-===//
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "llvm/Support/Error.h"

#include "hosts/cli/Cache.h"
#include "hosts/cli/Judgement.h"
#include "hosts/cli/Program.h"
#include "model/RoleModel.h"

namespace poolguard::cli {

struct JudgeOptions {
  std::string Config; // overrides the search for `.poolguard.yaml`
  unsigned Jobs = 0;  // 0: one a core
  std::string Root;   // absolute; stored paths are relative to it
  bool Progress = false;
  bool ForEditors = false;  // leave the program in the build folder, for the editor's hosts
  std::string ChangedSince; // a git revision: only findings that the change can have brought; empty: all
};

struct JudgedProgram {
  Judgement J;
  unsigned Parsed = 0; // files; the others were in the cache
};

/// Parses what isn't in the cache, links and applies the rules. What is wrong with the config or doesn't parse is told
/// on stderr, and then nothing is judged: empty.
std::optional<JudgedProgram> judgeProgram(const Program &P, llvm::ArrayRef<const Rule *> Rules,
                                          const JudgeOptions &Options, Cache &Store);

/// Tells on stderr why nothing can be judged. False when there is nothing to tell.
bool reportErrors(llvm::ArrayRef<ConfigError> ConfigErrors, llvm::ArrayRef<std::string> ParseErrors);

} // namespace poolguard::cli
