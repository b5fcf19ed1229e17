//===- Visible.h - Text of others, made harmless ----------------*- C++ -*-===//
//
// Names, messages and source lines come from the analysed program. What could steer a terminal or a browser, or hide
// text from the reader (control characters, invisible ones, changes of the writing's direction), is shown in clear.
//
//===----------------------------------------------------------------------===//
#pragma once

#include <string>

#include "llvm/ADT/StringRef.h"

namespace poolguard {

/// One line of text: tabs as blanks, and what isn't visible in clear (`<U+001B>`; `<FF>` for a byte that is no UTF-8).
struct Shown {
  std::string Text;
  unsigned Width = 0; // columns

  void add(llvm::StringRef Characters);
};

std::string shown(llvm::StringRef Text);
/// A message may have several lines; only other control characters are made visible.
std::string shownLines(llvm::StringRef Text);

/// For HTML and SVG, as text or as an attribute in quotes: `shownLines`, and no character that is markup.
std::string markup(llvm::StringRef Text);

/// The text's last columns after a `…` where it has more than `Columns`; `Text` is as `shown` gives it.
std::string shortened(llvm::StringRef Text, unsigned Columns);

} // namespace poolguard
