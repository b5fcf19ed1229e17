#include "hosts/cli/Conclusion.h"

#include <chrono>
#include <ctime>
#include <map>
#include <set>

#include "clang/Tooling/Core/Replacement.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/WithColor.h"

#include "hosts/cli/JudgeProgram.h"
#include "hosts/cli/WriteFile.h"
#include "link/ProgramGraph.h"
#include "report/Baseline.h"
#include "report/Nolint.h"
#include "report/ToolRules.h"
#include "rules/CheckNames.h"

namespace poolguard::cli {

namespace {

std::string today() {
  std::time_t Now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm Parts{};
  gmtime_r(&Now, &Parts);
  char Text[11];
  std::strftime(Text, sizeof(Text), "%Y-%m-%d", &Parts);
  return Text;
}

Finding configFinding(const std::string &File, unsigned Line, std::string Message) {
  Finding F;
  F.Check = ConfigRule.str();
  F.At.File = File;
  F.At.Line = Line;
  F.At.Column = 1;
  F.Message = std::move(Message);
  return F;
}

/// Takes away the findings that an allow entry or a comment hides, and reports entries and comments that are out of
/// date or hide nothing. Where both hide one finding, both are of use.
void applySuppressions(const Judgement &J, std::vector<Finding> &Findings, bool Whole) {
  std::set<llvm::StringRef> ChecksRun;
  for (const CheckStats &S : J.Stats)
    ChecksRun.insert(S.Check);
  std::set<size_t> Used;
  Nolint InSource;
  std::erase_if(Findings, [&](const Finding &F) {
    bool Hidden = InSource.hides(F);
    for (size_t I = 0; I < J.Allow.size(); ++I)
      if (ProgramGraph::covers(J.Allow[I], F.Check, F.At, F.Function)) {
        Used.insert(I);
        Hidden = true;
      }
    return Hidden;
  });
  const std::string Today = today();
  for (size_t I = 0; I < J.Allow.size(); ++I) {
    const AllowEntry &Entry = J.Allow[I];
    const CheckInfo *Check = findCheck(Entry.Check);
    if (!Check || !ChecksRun.count(Check->Name))
      continue;
    if (!Entry.Until.empty() && Entry.Until < Today)
      Findings.push_back(configFinding(Entry.File, Entry.Line,
                                       "this 'allow' entry ran out on " + Entry.Until +
                                           "; mend what it hides and delete it, or give it a new date and reason"));
    else if (Whole && !Used.count(I))
      Findings.push_back(configFinding(Entry.File, Entry.Line,
                                       "this 'allow' entry hides nothing; delete it, or mend its path or symbol"));
  }
  llvm::append_range(Findings, InSource.mistakes(J.Suppressions, ChecksRun, Whole));
}

/// Writes the fix-its into the files. Edits that overlap an earlier one are left for the next run.
bool applyFixes(llvm::ArrayRef<Finding> Findings) {
  std::map<std::string, clang::tooling::Replacements> ByFile;
  for (const Finding &F : Findings)
    for (const Edit &E : F.Fixes)
      llvm::consumeError(ByFile[E.At.File].add({E.At.File, E.At.Offset, E.Length, E.Replacement}));
  bool Ok = true;
  for (const auto &[File, Edits] : ByFile) {
    llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> Buffer = llvm::MemoryBuffer::getFile(File);
    if (!Buffer) {
      llvm::WithColor::error() << "can't read '" << File << "' to fix it: " << Buffer.getError().message() << "\n";
      Ok = false;
      continue;
    }
    llvm::Expected<std::string> Fixed = clang::tooling::applyAllReplacements((*Buffer)->getBuffer(), Edits);
    if (!Fixed) {
      llvm::WithColor::error() << "can't fix '" << File << "': " << llvm::toString(Fixed.takeError()) << "\n";
      Ok = false;
      continue;
    }
    Ok &= writeFile(File, [&](llvm::raw_ostream &OS) { OS << *Fixed; });
  }
  return Ok;
}

bool writeReport(const ReportOptions &Options, const Judgement &J, llvm::ArrayRef<Finding> Findings) {
  ReportContext Context;
  Context.Root = Options.Root;
  Context.Colour = Options.Colour;
  Context.ToolVersion = POOLGUARD_VERSION;
  Context.DocsBase = Options.Docs;
  Context.Map = &J.Map;
  for (const CheckStats &Stats : J.Stats)
    Context.Checks.push_back({Stats.Check, Stats.SitesLookedAt, Stats.WhyVacuous});
  return writeFile(Options.Output.empty() ? "-" : Options.Output,
                   [&](llvm::raw_ostream &OS) { write(Options.As, Findings, Context, OS); });
}

std::string count(size_t N, llvm::StringRef Thing) {
  return (llvm::Twine(N) + " " + Thing + (N == 1 ? "" : "s")).str();
}

/// Whether any check is vacuous. Each is an error of its own where that is asked for; otherwise one line is enough.
bool reportVacuous(const Judgement &J, bool AsError) {
  std::vector<std::string> Vacuous;
  for (const CheckStats &Stats : J.Stats) {
    if (Stats.SitesLookedAt != 0)
      continue;
    Vacuous.push_back(Stats.Check);
    if (AsError)
      llvm::WithColor::error() << "check 'poolguard-" << Stats.Check << "' is vacuous: " << Stats.WhyVacuous
                               << "; it can't fail, so it guards nothing here\n";
  }
  if (!Vacuous.empty() && !AsError)
    llvm::WithColor::warning() << Vacuous.size() << " of " << count(J.Stats.size(), "check")
                               << " can't fail here, because what they look for isn't in the program ("
                               << llvm::join(Vacuous, ", ") << "); 'poolguard doctor' says why for each\n";
  return !Vacuous.empty();
}

} // namespace

std::vector<Finding> standing(const Judgement &J, const JudgedFiles &Of) {
  std::vector<Finding> Findings = J.Findings;
  applySuppressions(J, Findings, Of.Whole && !Of.OfChange);
  if (Of.Whole)
    for (const ConfigEntry &Entry : J.Unmatched)
      Findings.push_back(configFinding(Entry.File, Entry.Line,
                                       "'" + Entry.Pattern + "' matches no " + (Entry.IsType ? "type" : "function") +
                                           " in the program; correct the name, or delete the entry"));
  normalize(Findings);
  return Findings;
}

ExitStatus conclude(Judgement J, const JudgedFiles &Of, const ReportOptions &Options) {
  const PathRoot Root(Options.Root);
  auto Place = [&](const Location &At) { return Root.stored(At.File) + ":" + std::to_string(At.Line); };
  for (const AmbiguousName &Name : J.Ambiguous)
    llvm::WithColor::warning()
        << "'" << Name.Name << "' is defined at " << Place(Name.First) << " and at " << Place(Name.Second)
        << "; both are judged, and a call from another file is taken to reach both. If they are of "
           "two programs, give the files of one at a time\n";
  // Of a part of a program nothing follows for the whole, unless it is asked for.
  bool AnyVacuous = (Of.Whole || Options.VacuousIsError) && reportVacuous(J, Options.VacuousIsError);
  std::vector<Finding> Findings = standing(J, Of);
  size_t Old = 0;
  if (!Options.Baseline.empty()) {
    std::vector<ConfigError> Errors;
    std::optional<Baseline> Known = Baseline::read(Options.Baseline, Errors);
    if (reportErrors(Errors, {}))
      return CouldNot;
    ReportContext Context;
    Sources Files(Context);
    Old = std::erase_if(Findings, [&](const Finding &F) { return Known->covers(F, Files); });
    if (Of.Whole && !Of.OfChange) // of a part nothing follows for entries of the rest
      llvm::append_range(Findings, Known->unused());
    normalize(Findings);
  }

  if (Options.Fix && !applyFixes(Findings))
    return CouldNot;
  if (!writeReport(Options, J, Findings))
    return CouldNot;
  if (Options.As == Format::Text) {
    llvm::errs() << "poolguard: " << count(Of.Files, "file") << ", " << count(J.Stats.size(), "check") << ", "
                 << count(Findings.size(), "finding");
    if (Old != 0)
      llvm::errs() << ", " << Old << " more in the baseline";
    if (Of.Parsed && *Of.Parsed != Of.Files)
      llvm::errs() << " (" << *Of.Parsed << " parsed, the others in the cache)";
    llvm::errs() << "\n";
  }
  if (Options.VacuousIsError && AnyVacuous)
    return CouldNot;
  return Findings.empty() ? Clean : FoundSomething;
}

} // namespace poolguard::cli
