//===- SummaryFields.h - The fields of what files share ---------*- C++ -*-===//
//
// What a summary has in common with other files (see Packed.h).
//
//===----------------------------------------------------------------------===//
#pragma once

#include "link/Packed.h"
#include "link/Summary.h"

namespace poolguard {

template <> struct LastOf<Lane> {
  static constexpr Lane Last = Lane::Connection;
};

inline bool absent(const Location &V) {
  return V.File.empty() && V.Line == 0 && V.Column == 0 && V.Offset == 0 && !V.InMacro;
}

template <class Archive> void describe(Archive &A, Location &V) {
  auto &[File, Line, Column, Offset, InMacro] = V;
  A.path("file", File);
  A("line", Line);
  A("column", Column);
  A("offset", Offset);
  A("in-macro", InMacro);
}

template <class Archive> void describe(Archive &A, AllowEntry &V) {
  auto &[Check, Path, Symbol, Reason, Until, File, Line] = V;
  A("check", Check);
  A("path", Path);
  A("symbol", Symbol);
  A("reason", Reason);
  A("until", Until);
  A.path("file", File);
  A("line", Line);
}

template <class Archive> void describe(Archive &A, ConfigEntry &V) {
  auto &[Pattern, File, Line, IsType, Matched] = V;
  A("pattern", Pattern);
  A.path("file", File);
  A("line", Line);
  A("is-type", IsType);
  A("matched", Matched);
}

} // namespace poolguard
