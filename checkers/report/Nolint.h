//===- Nolint.h - Suppression in the source ---------------------*- C++ -*-===//
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include "report/Finding.h"

namespace poolguard {

/// The suppression comments of the files that are asked about, with clang-tidy's meaning: NOLINT on the line,
/// NOLINTNEXTLINE on the line above, or a pair of NOLINTBEGIN and NOLINTEND around it that name the same checks. Of the
/// names none or `*` means every check, `*` is a glob, a leading `-` excepts. Reads each file once.
class Nolint {
public:
  Nolint();
  ~Nolint();

  /// Whether a comment hides the finding. Remembers which did.
  bool hides(const Finding &F);

  /// What is wrong with the comments at `Markers` (places in code that was judged, perhaps repeated): a name that is no
  /// check of ours, a begin or end without the other, and, when the `Whole` program was judged, a name that hid nothing
  /// although all its checks (`ChecksRun`, without the prefix) were run. To be asked after every finding was.
  std::vector<Finding> mistakes(llvm::ArrayRef<Location> Markers, const std::set<llvm::StringRef> &ChecksRun,
                                bool Whole);

private:
  struct File;
  std::map<std::string, std::unique_ptr<File>> Files;
  File &file(const std::string &Path);
};

} // namespace poolguard
