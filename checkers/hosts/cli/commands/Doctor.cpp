#include <algorithm>

#include "llvm/Support/Format.h"
#include "llvm/Support/WithColor.h"

#include "hosts/cli/commands/Options.h"
#include "rules/CheckNames.h"

namespace poolguard::cli {

static int run(FixedCommands Fixed) {
  std::optional<std::vector<const Rule *>> Rules = rulesOfOptions();
  std::optional<Program> P = Rules ? programOfOptions(std::move(Fixed)) : std::nullopt;
  if (!P)
    return CouldNot;
  std::unique_ptr<Cache> Store = cacheOfOptions();
  std::optional<JudgedProgram> Judged = judgeProgram(*P, *Rules, judgeOptions(), *Store);
  if (!Judged)
    return CouldNot;
  const Judgement &J = Judged->J;

  llvm::raw_ostream &OS = llvm::outs();
  OS << P->Files.size() << (P->Files.size() == 1 ? " source file" : " source files")
     << (P->Whole ? ", the whole program\n\n"
                  : ", a part of the program: what matches nothing here may match elsewhere\n\n");
  size_t Widest = 0;
  for (const CheckStats &Stats : J.Stats)
    Widest = std::max(Widest, Stats.Check.size());
  const auto Column = static_cast<unsigned>(Widest + sizeof("poolguard-"));
  OS << llvm::left_justify("check", Column) << "level  what it looks at here\n";
  unsigned Vacuous = 0;
  for (const CheckStats &Stats : J.Stats) {
    OS << llvm::left_justify("poolguard-" + Stats.Check, Column)
       << llvm::format("%5u  ", findCheck(Stats.Check)->Level);
    if (Stats.SitesLookedAt != 0) {
      OS << Stats.SitesLookedAt << (Stats.SitesLookedAt == 1 ? " place\n" : " places\n");
      continue;
    }
    ++Vacuous;
    llvm::WithColor(OS, llvm::HighlightColor::Warning) << "nothing";
    OS << ": " << Stats.WhyVacuous << "\n";
  }
  OS << "\n";
  const PathRoot Root(rootFolder());
  for (const ConfigEntry &Entry : J.Unmatched)
    OS << Root.stored(Entry.File) << ":" << Entry.Line << ": '" << Entry.Pattern << "' matches no "
       << (Entry.IsType ? "type" : "function") << (P->Whole ? " in the program" : " in these files")
       << "; correct the name, or delete the entry\n";
  if (Vacuous != 0)
    OS << Vacuous << (Vacuous == 1 ? " check is" : " checks are")
       << " vacuous: they can't fail, so they guard nothing here. Give the program's own functions their roles\n"
          "(.poolguard.yaml or annotations, docs/roles.md), or take the checks off with --checks.\n";
  bool Healthy = Vacuous == 0 && (J.Unmatched.empty() || !P->Whole);
  if (Healthy)
    OS << "every check guards something, and every entry of the config matches something\n";
  return Healthy ? Clean : FoundSomething;
}

const Command DoctorCommand{&doctorSubCommand(), run};

} // namespace poolguard::cli
