//===- Conclusion.h - From a judgement to the report ------------*- C++ -*-===//
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "llvm/ADT/ArrayRef.h"

#include "hosts/cli/Judgement.h"
#include "report/Report.h"

namespace poolguard::cli {

enum ExitStatus { Clean = 0, FoundSomething = 1, CouldNot = 2 };

struct ReportOptions {
  Format As = Format::Text;
  std::string Output;   // empty: standard output
  std::string Root;     // files below it are named relative to it
  std::string Baseline; // empty: none
  std::string Docs;     // the address of docs/; empty: no links
  bool Colour = false;
  bool Fix = false;
  bool VacuousIsError = false;
};

/// What a judgement is of.
struct JudgedFiles {
  size_t Files = 0;
  bool Whole = false;             // the whole program: what matches nothing here matches nothing
  std::optional<unsigned> Parsed; // how many weren't in the cache
  bool OfChange = false; // only findings that a change may have brought: nothing follows from one that is missing
};

/// The findings that stand after allow entries and comments took theirs away, with what is wrong with the config;
/// sorted.
std::vector<Finding> standing(const Judgement &J, const JudgedFiles &Of);

/// Takes away what is suppressed, reports the rest with what is wrong with the config, and applies fix-its if told to.
/// Findings go to the output, everything else to stderr.
ExitStatus conclude(Judgement J, const JudgedFiles &Of, const ReportOptions &Options);

} // namespace poolguard::cli
