#include "extract/SuppressionComments.h"

#include "clang/Basic/SourceManager.h"
#include "clang/Lex/Lexer.h"

#include "extract/Names.h"

using namespace clang;

namespace poolguard {

bool SuppressionComments::HandleComment(Preprocessor &PP, SourceRange Comment) {
  const SourceManager &SM = PP.getSourceManager();
  if (Comment.getBegin().isMacroID() || SM.isInSystemHeader(Comment.getBegin()))
    return false;
  llvm::StringRef Text = Lexer::getSourceText(CharSourceRange::getCharRange(Comment), SM, PP.getLangOpts());
  if (!Text.contains("poolguard-"))
    return false;
  for (size_t At = Text.find("NOLINT"); At != llvm::StringRef::npos; At = Text.find("NOLINT", At + 1))
    Markers.push_back(Comment.getBegin().getLocWithOffset(static_cast<int>(At)));
  return false; // nothing was put into the token stream
}

void SuppressionComments::addTo(TuSummary &Summary, const ASTContext &Context, const PathRoot &Root) const {
  Names Name(Context, Root);
  for (SourceLocation Marker : Markers)
    Summary.Suppressions.push_back(Name.location(Marker));
}

} // namespace poolguard
