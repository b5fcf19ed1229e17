//===- LastFindings.h - What an editor was told last ------------*- C++ -*-===//
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "link/ProgramAround.h"
#include "report/Finding.h"

namespace poolguard {

/// What the checks found in a file, and of what.
struct Judged {
  std::shared_ptr<const TuSummary> Open;
  std::weak_ptr<const ProgramAround> Program; // empty: the file was judged alone
  std::string Roles;                          // digest of the roles in force
  std::map<std::string, std::vector<Finding>> ByCheck;
};

/// The same for the file as it is now, when the edits since have only moved its code: most do, and to link a large
/// program at each would take seconds. Null when anything else has changed. Any thread may call it.
std::shared_ptr<const Judged> judgedBefore(const TuSummary &Open, const std::shared_ptr<const ProgramAround> &Program,
                                           const std::string &Roles);

/// Keeps it for the next edit; of the files judged last, of a few. Any thread may call it.
void keepForNextEdit(std::shared_ptr<const Judged> New);

} // namespace poolguard
