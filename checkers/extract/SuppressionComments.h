//===- SuppressionComments.h - NOLINT that names our checks -----*- C++ -*-===//
#pragma once

#include <vector>

#include "clang/AST/ASTContext.h"
#include "clang/Lex/Preprocessor.h"

#include "link/PathRoot.h"
#include "link/Summary.h"

namespace poolguard {

/// Collects, while a TU is preprocessed, the suppression comments in its code that name one of our checks: comments
/// alone, and only where the preprocessor doesn't skip. What it skips nobody judged, so nobody may say that a comment
/// there hides nothing.
class SuppressionComments : public clang::CommentHandler {
public:
  bool HandleComment(clang::Preprocessor &PP, clang::SourceRange Comment) override;
  /// Puts the places of the markers (`NOLINT`, `NOLINTNEXTLINE`, ...) into the summary.
  void addTo(TuSummary &Summary, const clang::ASTContext &Context, const PathRoot &Root) const;

private:
  std::vector<clang::SourceLocation> Markers;
};

} // namespace poolguard
