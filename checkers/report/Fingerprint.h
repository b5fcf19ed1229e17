//===- Fingerprint.h - A finding's name for other tools ---------*- C++ -*-===//
#pragma once

#include <map>
#include <string>

#include "report/Sources.h"

namespace poolguard {

/// Names findings so that a forge knows one again after the lines above it moved: by check, file, function and the
/// flagged line without its blanks, and a count where several are alike. Never by line number.
class Fingerprints {
public:
  explicit Fingerprints(Sources &S) : Files(S) {}
  /// To be asked once for each finding, in the order of the report.
  std::string next(const Finding &F);

private:
  Sources &Files;
  std::map<std::string, unsigned> Seen;
};

} // namespace poolguard
