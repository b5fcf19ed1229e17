#include "sql/BlockControl.h"

#include "sql/Facts.h"
#include "sql/Lexer.h"

namespace poolguard::sql {

static bool isControlWord(llvm::StringRef Word) {
  for (llvm::StringRef One : {"begin", "start", "commit", "end", "rollback", "abort"})
    if (Word.equals_insensitive(One))
      return true;
  return false;
}

/// Whether a statement of the text starts with a word of transaction control.
static bool mayControl(llvm::StringRef Text) {
  bool AtStart = true;
  for (unsigned I = skipBlank(Text, 0); I < Text.size();) {
    unsigned End = tokenEnd(Text, I);
    llvm::StringRef Token = Text.slice(I, End);
    if (AtStart && isControlWord(Token))
      return true;
    AtStart = Token == ";";
    I = skipBlank(Text, End);
  }
  return false;
}

BlockControl blockControl(llvm::StringRef Text) {
  if (!mayControl(Text))
    return BlockControl::None;
  const Facts Read = parse(Text);
  if (Read.Error)
    return BlockControl::Unknown;
  BlockControl Leaves = BlockControl::None;
  for (const Statement &S : Read.Statements) {
    if (S.Kind == StatementKind::Begin)
      Leaves = BlockControl::Opens;
    else if (S.Kind == StatementKind::Commit || S.Kind == StatementKind::Rollback)
      Leaves = BlockControl::Ends;
  }
  // COMMIT AND CHAIN opens the next one at once.
  return Leaves == BlockControl::Ends && Text.contains_insensitive("chain") ? BlockControl::Unknown : Leaves;
}

} // namespace poolguard::sql
