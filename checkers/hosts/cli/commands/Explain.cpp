#include "llvm/Support/WithColor.h"

#include "hosts/cli/commands/Options.h"
#include "report/ToolRules.h"
#include "rules/CheckNames.h"

namespace poolguard::cli {

namespace {

struct Page {
  llvm::StringRef Check, Text;
};

#define POOLGUARD_PAGE(Name, Text) {Name, Text},
const Page Pages[] = {
#include "Pages.inc"
};
#undef POOLGUARD_PAGE

/// The names of all checks with what each finds.
void list(llvm::raw_ostream &OS) {
  for (const CheckInfo &Info : checkInfos())
    OS << "poolguard-" << Info.Name << "\n    " << Info.Summary << "\n";
}

} // namespace

static int run(FixedCommands) {
  if (files().empty()) {
    list(llvm::outs());
    llvm::outs() << "\n'poolguard explain CHECK' tells the incident, the shape and the fix.\n";
    return Clean;
  }
  for (const std::string &Name : files()) {
    const CheckInfo *Info = findCheck(Name);
    if (const ToolRule *Own = findToolRule(Name)) {
      llvm::outs() << "# " << Own->Id << "\n\n" << Own->Summary << "\n\n" << Own->Help << "\n";
      continue;
    }
    if (!Info) {
      llvm::WithColor::error() << "there is no check '" << Name << "'; the checks are:\n";
      list(llvm::errs());
      return CouldNot;
    }
    for (const Page &P : Pages)
      if (P.Check == Info->Name)
        llvm::outs() << P.Text;
  }
  return Clean;
}

const Command ExplainCommand{&explainSubCommand(), run};

} // namespace poolguard::cli
