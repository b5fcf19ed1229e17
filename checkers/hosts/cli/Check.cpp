#include "hosts/cli/Check.h"

#include <chrono>
#include <ctime>
#include <set>

#include "clang/Tooling/Core/Replacement.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/ToolOutputFile.h"
#include "llvm/Support/WithColor.h"

#include "hosts/cli/Driver.h"
#include "link/ProgramGraph.h"
#include "report/Nolint.h"
#include "rules/CheckNames.h"
#include "rules/Rule.h"

namespace poolguard::cli {

namespace {

struct Selection {
  std::vector<const Rule *> Rules;
  std::string Unknown; // the first pattern that names no check
};

/// `--checks`: names and globs, later ones win, a leading `-` takes away. A list that begins by taking away starts from
/// the default checks, any other from none.
Selection selectRules(llvm::StringRef Patterns) {
  Selection Out;
  std::set<llvm::StringRef> Chosen;
  llvm::SmallVector<llvm::StringRef, 8> Parts;
  Patterns.split(Parts, ',', -1, /*KeepEmpty=*/false);
  if (Parts.empty() || Parts.front().trim().starts_with("-"))
    for (const CheckInfo &Info : checkInfos())
      if (Info.Level <= 1)
        Chosen.insert(Info.Name);
  for (llvm::StringRef Part : Parts) {
    Part = Part.trim();
    bool Remove = Part.consume_front("-");
    llvm::StringRef Name = Part;
    Name.consume_front("poolguard-");
    llvm::Expected<llvm::GlobPattern> Glob = llvm::GlobPattern::create(Name);
    bool Any = false;
    for (const CheckInfo &Info : checkInfos()) {
      if (!Glob || !Glob->match(Info.Name))
        continue;
      Any = true;
      if (Remove)
        Chosen.erase(Info.Name);
      else
        Chosen.insert(Info.Name);
    }
    if (!Glob)
      llvm::consumeError(Glob.takeError());
    if (!Any && Out.Unknown.empty())
      Out.Unknown = Part.str();
  }
  for (const Rule &R : allRules())
    if (Chosen.count(R.Name))
      Out.Rules.push_back(&R);
  return Out;
}

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
  F.Check = "poolguard-config";
  F.At.File = File;
  F.At.Line = Line;
  F.At.Column = 1;
  F.Message = std::move(Message);
  return F;
}

/// Takes the findings that an allow entry covers away, and reports entries that are out of date or cover nothing.
void applyAllow(const ProgramGraph &Graph, std::vector<Finding> &Findings, bool Whole,
                llvm::ArrayRef<const Rule *> Rules) {
  std::set<size_t> Used;
  std::erase_if(Findings, [&](const Finding &F) {
    bool Covered = false;
    for (size_t I = 0; I < Graph.allow().size(); ++I)
      if (ProgramGraph::covers(Graph.allow()[I], F.Check, F.At, F.Function)) {
        Used.insert(I);
        Covered = true;
      }
    return Covered;
  });
  const std::string Today = today();
  for (size_t I = 0; I < Graph.allow().size(); ++I) {
    const AllowEntry &Entry = Graph.allow()[I];
    if (!Entry.Until.empty() && Entry.Until < Today)
      Findings.push_back(configFinding(Entry.File, Entry.Line,
                                       "this 'allow' entry ran out on " + Entry.Until +
                                           "; mend what it hides and delete it, or give it a new date and reason"));
    else if (Whole && !Used.count(I) &&
             llvm::any_of(Rules, [&](const Rule *R) { return findCheck(Entry.Check) == findCheck(R->Name); }))
      Findings.push_back(configFinding(Entry.File, Entry.Line,
                                       "this 'allow' entry hides nothing; delete it, or mend its path or symbol"));
  }
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
    llvm::Error Written = llvm::writeToOutput(File, [&](llvm::raw_ostream &OS) {
      OS << *Fixed;
      return llvm::Error::success();
    });
    if (Written) {
      llvm::WithColor::error() << "can't write '" << File << "': " << llvm::toString(std::move(Written)) << "\n";
      Ok = false;
    }
  }
  return Ok;
}

bool writeReport(const CheckOptions &Options, llvm::ArrayRef<Finding> Findings) {
  ReportContext Context;
  llvm::SmallString<256> Here;
  llvm::sys::fs::current_path(Here);
  Context.Root = std::string(Here);
  Context.Colour = Options.Colour;
  Context.ToolVersion = POOLGUARD_VERSION;
  llvm::Error Failed = llvm::writeToOutput(Options.Output.empty() ? "-" : Options.Output, [&](llvm::raw_ostream &OS) {
    write(Options.As, Findings, Context, OS);
    return llvm::Error::success();
  });
  if (!Failed)
    return true;
  llvm::WithColor::error() << "can't write the report to '" << Options.Output
                           << "': " << llvm::toString(std::move(Failed)) << "\n";
  return false;
}

} // namespace

int check(CheckOptions Options) {
  Selection Selected = selectRules(Options.Checks);
  if (!Selected.Unknown.empty() || Selected.Rules.empty()) {
    llvm::WithColor::error() << (Selected.Unknown.empty() ? "--checks leaves no check to run"
                                                          : "--checks: no check matches '" + Selected.Unknown + "'")
                             << "; the checks are:";
    for (const CheckInfo &Info : checkInfos())
      llvm::errs() << " " << Info.Name;
    llvm::errs() << "\n";
    return CouldNot;
  }
  llvm::Expected<Program> P = loadProgram(Options.BuildPath, std::move(Options.Fixed), Options.Files);
  if (!P) {
    llvm::WithColor::error() << llvm::toString(P.takeError()) << "\n";
    return CouldNot;
  }

  Summaries Parsed = summarize(*P, Options.Config, Options.Jobs);
  for (const ConfigError &Error : Parsed.ConfigErrors) {
    llvm::errs() << Error.File;
    if (Error.Line != 0)
      llvm::errs() << ":" << Error.Line << ":" << Error.Column;
    llvm::errs() << ": ";
    llvm::WithColor::error() << Error.Message << "\n";
  }
  for (const std::string &Error : Parsed.ParseErrors)
    llvm::WithColor::error() << Error;
  if (!Parsed.ConfigErrors.empty() || !Parsed.ParseErrors.empty()) {
    llvm::errs() << "poolguard: nothing was judged, because of the errors above\n";
    return CouldNot;
  }

  ProgramGraph Graph(std::move(Parsed.Tus));
  std::vector<Finding> Findings;
  bool AnyVacuous = false;
  for (const Rule *R : Selected.Rules) {
    RuleStats Stats;
    R->Run(Graph, Findings, Stats);
    // Of a part of a program nothing follows for the whole.
    if (Stats.SitesLookedAt != 0 || (!P->Whole && !Options.VacuousIsError))
      continue;
    AnyVacuous = true;
    llvm::WithColor(llvm::errs(), Options.VacuousIsError ? llvm::HighlightColor::Error : llvm::HighlightColor::Warning)
        << (Options.VacuousIsError ? "error: " : "warning: ");
    llvm::errs() << "check 'poolguard-" << R->Name << "' is vacuous: " << Stats.WhyVacuous
                 << "; it can't fail, so it guards nothing here\n";
  }
  applyAllow(Graph, Findings, P->Whole, Selected.Rules);
  suppressNolint(Findings);
  if (P->Whole)
    for (const RoleModel::Entry &Entry : Parsed.UnmatchedEntries)
      Findings.push_back(configFinding(Entry.File, Entry.Line,
                                       "'" + Entry.Pattern + "' matches no " + (Entry.IsType ? "type" : "function") +
                                           " in the program; correct the name, or delete the entry"));
  normalize(Findings);

  if (Options.Fix && !applyFixes(Findings))
    return CouldNot;
  if (!writeReport(Options, Findings))
    return CouldNot;
  if (Options.As == Format::Text)
    llvm::errs() << "poolguard: " << P->Files.size() << (P->Files.size() == 1 ? " file, " : " files, ")
                 << Selected.Rules.size() << (Selected.Rules.size() == 1 ? " check, " : " checks, ") << Findings.size()
                 << (Findings.size() == 1 ? " finding\n" : " findings\n");
  if (Options.VacuousIsError && AnyVacuous)
    return CouldNot;
  return Findings.empty() ? Clean : FoundSomething;
}

} // namespace poolguard::cli
