#include "hosts/cli/commands/Options.h"

namespace cl = llvm::cl;

namespace poolguard::cli {

static cl::opt<bool> Fix("fix", cl::desc("Apply the fix-its to the files"), cl::sub(checkSubCommand()),
                         cl::cat(optionCategory()));

static int run(FixedCommands Fixed) {
  std::optional<ReportOptions> Report = reportOptions();
  std::optional<std::vector<const Rule *>> Rules = Report ? rulesOfOptions() : std::nullopt;
  std::optional<Program> P = Rules ? programOfOptions(std::move(Fixed)) : std::nullopt;
  if (!P)
    return CouldNot;
  Report->Fix = Fix;
  std::unique_ptr<Cache> Store = cacheOfOptions();
  JudgeOptions Options = judgeOptions();
  Options.ForEditors = true;
  std::optional<JudgedProgram> Judged = judgeProgram(*P, *Rules, Options, *Store);
  if (!Judged)
    return CouldNot;
  return conclude(std::move(Judged->J), {P->Files.size(), P->Whole, Judged->Parsed, !Options.ChangedSince.empty()},
                  *Report);
}

const Command CheckCommand{&checkSubCommand(), run};

} // namespace poolguard::cli
