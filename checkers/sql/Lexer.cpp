//===- Lexer.cpp ------------------------------------------------*- C++ -*-===//

#include "sql/Lexer.h"

#include "llvm/ADT/StringExtras.h"

namespace poolguard::sql {

static bool isSpace(char C) { return C == ' ' || C == '\t' || C == '\n' || C == '\r' || C == '\f' || C == '\v'; }

bool isWordByte(char C) { return llvm::isAlnum(C) || C == '_' || C == '$' || (static_cast<unsigned char>(C) & 0x80); }

/// A quoted thing whose quote is doubled, or, with `Escapes`, written with a backslash.
static unsigned skipQuoted(llvm::StringRef Text, unsigned I, char Quote, bool Escapes) {
  for (++I; I < Text.size(); ++I) {
    if (Escapes && Text[I] == '\\') {
      ++I;
      continue;
    }
    if (Text[I] != Quote)
      continue;
    if (I + 1 < Text.size() && Text[I + 1] == Quote) {
      ++I;
      continue;
    }
    return I + 1;
  }
  return Text.size();
}

static unsigned skipDollarQuoted(llvm::StringRef Text, unsigned I) {
  unsigned End = I + 1;
  while (End < Text.size() && Text[End] != '$' && isWordByte(Text[End]))
    ++End;
  if (End == Text.size() || Text[End] != '$' || llvm::isDigit(Text[I + 1]))
    return I;
  llvm::StringRef Tag = Text.slice(I, End + 1);
  size_t Close = Text.find(Tag, End + 1);
  return Close == llvm::StringRef::npos ? Text.size() : Close + Tag.size();
}

unsigned skipComment(llvm::StringRef Text, unsigned I) {
  llvm::StringRef Rest = Text.substr(I);
  if (Rest.starts_with("--"))
    return I + std::min(Rest.find_first_of("\r\n"), Rest.size());
  if (!Rest.starts_with("/*"))
    return I;
  unsigned Depth = 0;
  while (I < Text.size()) {
    if (Text.substr(I).starts_with("/*")) {
      ++Depth;
      I += 2;
    } else if (Text.substr(I).starts_with("*/")) {
      I += 2;
      if (--Depth == 0)
        break;
    } else {
      ++I;
    }
  }
  return I;
}

unsigned skipOpaque(llvm::StringRef Text, unsigned I) {
  if (I >= Text.size())
    return I;
  bool AfterWord = I > 0 && isWordByte(Text[I - 1]);
  switch (Text[I]) {
  case '\'': {
    bool Escapes = AfterWord && (Text[I - 1] == 'e' || Text[I - 1] == 'E') && (I == 1 || !isWordByte(Text[I - 2]));
    return skipQuoted(Text, I, '\'', Escapes);
  }
  case '"': return skipQuoted(Text, I, '"', false);
  case '$': return AfterWord || I + 1 == Text.size() ? I : skipDollarQuoted(Text, I);
  case '-':
  case '/': return skipComment(Text, I);
  default: return I;
  }
}

unsigned skipBlank(llvm::StringRef Text, unsigned I) {
  while (I < Text.size()) {
    unsigned Next = isSpace(Text[I]) ? I + 1 : skipComment(Text, I);
    if (Next == I)
      break;
    I = Next;
  }
  return I;
}

unsigned tokenEnd(llvm::StringRef Text, unsigned I) {
  if (I >= Text.size())
    return Text.size();
  if (unsigned End = skipOpaque(Text, I); End != I)
    return End;
  if (!isWordByte(Text[I]))
    return I + 1;
  while (I < Text.size() && isWordByte(Text[I]))
    ++I;
  return I;
}

unsigned qualifiedNameEnd(llvm::StringRef Text, unsigned I) {
  for (;;) {
    unsigned End = tokenEnd(Text, I);
    unsigned Dot = skipBlank(Text, End);
    if (Dot >= Text.size() || Text[Dot] != '.')
      return End;
    I = skipBlank(Text, Dot + 1);
  }
}

unsigned skipWords(llvm::StringRef Text, unsigned I, llvm::StringRef Words) {
  unsigned End = I;
  while (!Words.empty()) {
    auto [Word, Rest] = Words.split(' ');
    unsigned Start = skipBlank(Text, End);
    End = tokenEnd(Text, Start);
    if (!Text.slice(Start, End).equals_insensitive(Word))
      return I;
    Words = Rest;
  }
  return End;
}

std::optional<unsigned> endOfRowLock(llvm::StringRef Text) {
  std::optional<unsigned> Found;
  for (unsigned At = skipBlank(Text, 0); At < Text.size(); At = skipBlank(Text, tokenEnd(Text, At))) {
    unsigned End = skipWords(Text, At, "FOR UPDATE");
    if (End == At)
      End = skipWords(Text, At, "FOR NO KEY UPDATE");
    if (End == At)
      continue;
    if (Found)
      return std::nullopt;
    unsigned Of = skipBlank(Text, End);
    for (unsigned Names = skipWords(Text, Of, "OF"); Names != Of;) {
      End = qualifiedNameEnd(Text, skipBlank(Text, Names));
      unsigned Comma = skipBlank(Text, End);
      bool More = Comma < Text.size() && Text[Comma] == ',';
      Of = More ? 0 : Names;
      Names = More ? Comma + 1 : Names;
    }
    Found = End;
  }
  return Found;
}

} // namespace poolguard::sql
