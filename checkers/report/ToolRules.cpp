#include "report/ToolRules.h"

namespace poolguard {

static constexpr ToolRule Rules[] = {
    {ConfigRule, "an entry of .poolguard.yaml that names nothing in the program, hides nothing, or has run out",
     "The guards know your functions by these entries: a role whose name matches nothing guards nothing, and an "
     "'allow' entry that hides nothing today would hide the next finding there. Correct the name, the path or the "
     "symbol, or delete the entry. Give an entry that has run out a new date and reason, if it has to stay.",
     "roles.md"},
    {NolintRule, "a NOLINT comment for the guards that hides nothing, names no check, or has no other end",
     "The comment would hide a finding that comes later, and tells its reader of one that isn't there. Delete it, or "
     "write the name of the check and the missing NOLINTBEGIN or NOLINTEND.",
     "suppression.md"},
    {BaselineRule, "an entry of the baseline that matches no finding any more",
     "What it stood for was mended, or its line was written anew; left in, it would hide the same mistake when that "
     "comes back. 'poolguard baseline' takes it out.",
     "driver.md"},
};

llvm::ArrayRef<ToolRule> toolRules() { return Rules; }

const ToolRule *findToolRule(llvm::StringRef Name) {
  for (const ToolRule &Rule : Rules)
    if (Rule.Id == Name || Rule.Id.substr(sizeof("poolguard-") - 1) == Name)
      return &Rule;
  return nullptr;
}

} // namespace poolguard
