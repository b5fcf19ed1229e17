//===- Check.h - `poolguard check` ------------------------------*- C++ -*-===//
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "clang/Tooling/CompilationDatabase.h"

#include "report/Report.h"

namespace poolguard::cli {

enum ExitStatus { Clean = 0, FoundSomething = 1, CouldNot = 2 };

struct CheckOptions {
  std::string BuildPath, Config, Checks, Output;
  std::vector<std::string> Files;
  std::unique_ptr<clang::tooling::CompilationDatabase> Fixed; // flags given after --
  Format As = Format::Text;
  unsigned Jobs = 0;
  bool Colour = false;
  bool Fix = false;
  bool VacuousIsError = false;
};

/// Parses, links, applies the rules and reports. Findings go to the output, everything else to stderr.
int check(CheckOptions Options);

} // namespace poolguard::cli
