//===- Judgement.h - What the rules say of a program ------------*- C++ -*-===//
#pragma once

#include <set>
#include <string>
#include <vector>

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBufferRef.h"
#include "llvm/Support/raw_ostream.h"

#include "link/LaneMap.h"
#include "link/PathRoot.h"
#include "link/Summary.h"
#include "report/Finding.h"
#include "rules/Rule.h"

namespace poolguard::cli {

/// What one check looked at.
struct CheckStats {
  std::string Check; // without the prefix
  unsigned SitesLookedAt = 0;
  std::string WhyVacuous; // when SitesLookedAt is 0
};

/// Two definitions of one name.
struct AmbiguousName {
  std::string Name;
  Location First, Second;
};

/// All that follows from the summaries and the selection of checks alone. What depends on the day or on comments in the
/// source (allow entries, NOLINT, the baseline) is applied later, so a judgement can be cached.
struct Judgement {
  std::vector<Finding> Findings;
  std::vector<CheckStats> Stats; // in the order of the checks
  std::vector<AllowEntry> Allow;
  std::vector<ConfigEntry> Unmatched; // patterns of the config that matched nothing in any TU it governs
  std::vector<AmbiguousName> Ambiguous;
  LaneMap Map;
  std::vector<Location> Suppressions; // comments that name one of our checks, in code that was judged; sorted
};

/// `Affected`: only findings that have to do with code in these files, by the call graph; null: all. `Jobs`: the number
/// of threads that may work on it; what comes out doesn't depend on it.
Judgement judge(std::vector<TuSummary> Tus, llvm::ArrayRef<const Rule *> Rules, unsigned Jobs,
                const std::set<std::string> *Affected = nullptr);

void writeJudgement(const Judgement &J, const PathRoot &Root, llvm::raw_ostream &OS);
llvm::Expected<Judgement> readJudgement(llvm::MemoryBufferRef File, const PathRoot &Root);

} // namespace poolguard::cli
