#include "report/Baseline.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/LineIterator.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/WithColor.h"

#include "hosts/cli/WriteFile.h"
#include "hosts/cli/commands/Options.h"
#include "hosts/cli/commands/ProjectFiles.h"

namespace poolguard::cli {

/// Says which of the files that run the check for everybody, as `init` wrote them, would go on reporting what is in the
/// baseline.
static void warnOfRunsWithout(llvm::StringRef Path) {
  for (llvm::StringRef File : {PreCommitFile, GithubFile, GitlabFile}) {
    auto Buffer = llvm::MemoryBuffer::getFile(File);
    if (!Buffer)
      continue;
    for (llvm::line_iterator Line(**Buffer, true, '#'); !Line.is_at_end(); ++Line)
      if (Line->contains("poolguard check") && !Line->contains("--baseline"))
        llvm::WithColor::warning() << File << ":" << Line.line_number()
                                   << ": runs the check without the baseline, and will fail on the old findings; add "
                                      "'--baseline "
                                   << Path << "' to this line\n";
  }
}

static int run(FixedCommands Fixed) {
  std::optional<std::vector<const Rule *>> Rules = rulesOfOptions();
  std::optional<Program> P = Rules ? programOfOptions(std::move(Fixed)) : std::nullopt;
  if (!P)
    return CouldNot;
  if (!P->Whole) {
    llvm::WithColor::error() << "a baseline is of the whole program; give the build folder with -p and no files\n";
    return CouldNot;
  }
  std::unique_ptr<Cache> Store = cacheOfOptions();
  std::optional<JudgedProgram> Judged = judgeProgram(*P, *Rules, judgeOptions(), *Store);
  if (!Judged)
    return CouldNot;
  std::vector<Finding> Findings = standing(Judged->J, {P->Files.size(), P->Whole, Judged->Parsed});

  const std::string Path = output().empty() ? DefaultBaseline.str() : output();
  ReportContext Context;
  Sources Files(Context);
  size_t New = 0, Gone = 0;
  bool First = !llvm::sys::fs::exists(Path);
  Baseline Result = Baseline::of(Findings, Files);
  if (!First) {
    std::vector<ConfigError> Errors;
    std::optional<Baseline> Known = Baseline::read(Path, Errors);
    if (reportErrors(Errors, {}))
      return CouldNot;
    for (const Finding &F : Findings)
      New += !Known->covers(F, Files);
    Gone = Known->shrink();
    Result = std::move(*Known);
  }
  if (First || Gone != 0)
    if (!writeFile(Path, [&](llvm::raw_ostream &OS) { Result.write(OS); }))
      return CouldNot;
  llvm::errs() << "poolguard: '" << Path << "' has " << Result.size() << (Result.size() == 1 ? " entry" : " entries");
  if (!First)
    llvm::errs() << ", " << Gone << " taken out";
  llvm::errs() << "\n";
  if (Result.size() != 0)
    warnOfRunsWithout(Path);
  if (New == 0)
    return Clean;
  llvm::errs() << "poolguard: " << New << (New == 1 ? " finding isn't" : " findings aren't")
               << " in it, and aren't added: a baseline only shrinks. 'poolguard check --baseline " << Path
               << "' shows them\n";
  return FoundSomething;
}

const Command BaselineCommand{&baselineSubCommand(), run};

} // namespace poolguard::cli
