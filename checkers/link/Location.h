//===- Location.h - A place in a source file --------------------*- C++ -*-===//
#pragma once

#include <tuple>

#include "link/SharedText.h"

namespace poolguard {

/// A place in a file. Line and column count from 1, the offset in bytes from 0. `InMacro`: the code stands in a macro's
/// expansion, and this is where the macro is used; no fix-it may be offered.
struct Location {
  SharedText File;
  unsigned Line = 0, Column = 0, Offset = 0;
  bool InMacro = false;

  bool valid() const { return Line != 0; }
  friend bool operator<(const Location &A, const Location &B) {
    return std::tie(A.File, A.Line, A.Column) < std::tie(B.File, B.Line, B.Column);
  }
  friend bool operator==(const Location &A, const Location &B) {
    return std::tie(A.File, A.Line, A.Column) == std::tie(B.File, B.Line, B.Column);
  }
};

} // namespace poolguard
