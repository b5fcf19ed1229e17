//===- Finding.h - What a rule found ----------------------------*- C++ -*-===//
#pragma once

#include <string>
#include <vector>

#include "link/Location.h"

namespace poolguard {

/// One edit of a fix-it: replaces `Length` bytes at `At.Offset` of `At.File`.
struct Edit {
  Location At;
  unsigned Length = 0;
  std::string Replacement;
};

struct Note {
  Location At;
  std::string Message;
};

/// What a rule found. `Message` says what is wrong, what will happen and what to do, in lower case without a full stop.
struct Finding {
  std::string Check; // with the `poolguard-` prefix
  Location At;
  std::string Message;
  std::vector<Note> Path;
  std::vector<Edit> Fixes;
  std::string Function; // qualified name of the function the finding stands in; part of the baseline's key
};

/// Order of reports: file, line, column, check, message.
bool operator<(const Finding &A, const Finding &B);

/// Sorts, and keeps one of findings with the same check, location and message (a header seen by several TUs).
void normalize(std::vector<Finding> &Findings);

} // namespace poolguard
