//===- Template.h - SQL with holes made parseable ---------------*- C++ -*-===//
//
// A template's slots are its holes and its `?` and `:name` placeholders. Each slot is filled in some way; the first
// combination that PostgreSQL's parser takes wins. The parser's error position says which slot to fill otherwise.
//
//===----------------------------------------------------------------------===//
#pragma once

#include <string>
#include <vector>

#include "llvm/ADT/StringRef.h"

#include "sql/Parser.h"

namespace poolguard::sql {

/// A text in which slots were replaced, and the way back to the offsets of the original.
class FilledText {
public:
  /// Appends a part of the original as it is, up to `OriginalEnd`.
  void copy(llvm::StringRef Original, unsigned OriginalEnd);
  /// Appends `Filler` for the original's bytes up to `OriginalEnd`.
  void fill(llvm::StringRef Filler, unsigned OriginalEnd);

  const std::string &text() const { return Text; }
  /// The offset in the original; of a filler's inside, its begin.
  unsigned original(unsigned Offset) const;

private:
  struct Piece {
    unsigned Begin, OriginalBegin;
    bool Filler;
  };
  std::string Text;
  std::vector<Piece> Pieces;
  unsigned OriginalEnd = 0;
};

struct ParsedTemplate {
  FilledText Filled;
  RawParse Parse;       // the names in its JSON have their holes back; the error's offset is the original's
  bool HasHole = false; // outside comments
};

/// On a parser thread only.
ParsedTemplate parseTemplate(llvm::StringRef Text);

} // namespace poolguard::sql
