//===- SharedSummaries.h - Summaries that several graphs use ----*- C++ -*-===//
#pragma once

#include <memory>
#include <vector>

#include "link/Summary.h"

namespace poolguard {

/// The TUs of a program, none of them null. An editor links most of them again and again.
using SharedSummaries = std::vector<std::shared_ptr<const TuSummary>>;

/// How many there are, one that several TUs know counted for each: tables that have room for them needn't grow, which
/// costs more than what the room does.
struct SummaryCounts {
  explicit SummaryCounts(const SharedSummaries &Summaries) {
    for (const auto &Tu : Summaries) {
      Functions += Tu->Functions.size();
      Declarations += Tu->Declarations.size();
      Bindings += Tu->FieldBindings.size();
    }
  }
  size_t Functions = 0, Declarations = 0, Bindings = 0;
};

} // namespace poolguard
