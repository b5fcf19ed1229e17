//===- Rule.h - One check over the program graph ----------------*- C++ -*-===//
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include "report/Finding.h"

namespace poolguard {

class ProgramGraph;

/// What a rule looked at. A rule that looked at nothing guards nothing: the check is vacuous in this program.
struct RuleStats {
  unsigned SitesLookedAt = 0;
  /// When SitesLookedAt is 0: which role or construct matched nothing, as `no statement opens or renews a lease of
  /// ...`.
  std::string WhyVacuous;
};

/// A check: a pure function from the graph to findings. No AST, no I/O, no state.
struct Rule {
  llvm::StringRef Name; // without the `poolguard-` prefix
  void (*Run)(const ProgramGraph &Graph, std::vector<Finding> &Findings, RuleStats &Stats);
};

/// Runs the rule, and says of findings at a prepared statement where that was prepared.
void runRule(const Rule &R, const ProgramGraph &Graph, std::vector<Finding> &Findings, RuleStats &Stats);

/// All rules, in the order of checks.yaml.
llvm::ArrayRef<Rule> allRules();

} // namespace poolguard
