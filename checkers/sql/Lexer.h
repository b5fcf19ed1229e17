//===- Lexer.h - Where SQL's quotes, comments and words end -----*- C++ -*-===//
//
// No more than is needed to place holes and fix-its; what a statement means is the parser's business.
//
//===----------------------------------------------------------------------===//
#pragma once

#include <optional>

#include "llvm/ADT/StringRef.h"

namespace poolguard::sql {

/// A letter, digit, underscore, dollar sign or byte of a non-ASCII character.
bool isWordByte(char C);

/// When a quoted string, quoted name, dollar-quoted string or comment starts at `I`, the offset after its end (the end
/// of the text when it isn't closed); else `I`.
unsigned skipOpaque(llvm::StringRef Text, unsigned I);

/// The offset after the comment that starts at `I`, or `I`.
unsigned skipComment(llvm::StringRef Text, unsigned I);

/// The first offset from `I` on that is neither space nor comment.
unsigned skipBlank(llvm::StringRef Text, unsigned I);

/// The offset after the word, quoted thing or single character at `I`.
unsigned tokenEnd(llvm::StringRef Text, unsigned I);

/// The offset after a name such as `public."Jobs"` at `I`.
unsigned qualifiedNameEnd(llvm::StringRef Text, unsigned I);

/// When the words at `I` are `Words` (upper case, one space between), the offset after them; else `I`.
unsigned skipWords(llvm::StringRef Text, unsigned I, llvm::StringRef Words);

/// The offset after the text's FOR UPDATE or FOR NO KEY UPDATE with its OF list, when there is exactly one.
std::optional<unsigned> endOfRowLock(llvm::StringRef Text);

} // namespace poolguard::sql
