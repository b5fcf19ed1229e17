//===- ToolRules.h - What is reported that no check finds -------*- C++ -*-===//
//
// Findings about the config, the comments and the baseline that the guards are told with. They have no page in
// docs/checks.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace poolguard {

struct ToolRule {
  llvm::StringRef Id; // as a finding has it, `poolguard-` included
  llvm::StringRef Summary;
  llvm::StringRef Help; // what follows, and what to do
  llvm::StringRef Page; // in docs/
};

inline constexpr llvm::StringRef ConfigRule = "poolguard-config", NolintRule = "poolguard-nolint",
                                 BaselineRule = "poolguard-baseline";

llvm::ArrayRef<ToolRule> toolRules();

/// The rule of that name, with or without the `poolguard-` prefix; null when there is none.
const ToolRule *findToolRule(llvm::StringRef Name);

} // namespace poolguard
