//===- MovedPlaces.h - What an edit moved -----------------------*- C++ -*-===//
#pragma once

#include <optional>

#include "llvm/ADT/DenseMap.h"

#include "link/Summary.h"

namespace poolguard {

/// Where the places of a TU stand after an edit that changed nothing of what its summary says but the places. What the
/// rules found before is then what they would find now, elsewhere.
class MovedPlaces {
public:
  /// Nothing when anything else has changed, or the order of two places, or whether two are on one line: rules compare
  /// them. Names that have a place in them, as those of locals and lambdas do, may change with it.
  static std::optional<MovedPlaces> between(const TuSummary &Before, const TuSummary &Now);

  /// Where `Before` is now; nothing for a place in the main file that the summary doesn't have.
  std::optional<Location> now(const Location &Before) const;

private:
  std::string MainFile;
  llvm::DenseMap<unsigned, Location> ByOffset; // in the main file
};

} // namespace poolguard
