#include <set>

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/WithColor.h"

#include "hosts/cli/Driver.h"
#include "hosts/cli/Parse.h"
#include "hosts/cli/WriteFile.h"
#include "hosts/cli/commands/Options.h"
#include "link/SummaryFile.h"

namespace cl = llvm::cl;

namespace poolguard::cli {

static cl::opt<std::string> DepFile("depfile",
                                    cl::desc("Also write what was read, as a rule for make and Ninja, to this file"),
                                    cl::value_desc("FILE"), cl::sub(summarizeSubCommand()), cl::cat(optionCategory()));

/// `make` reads a blank as the end of a name, and `$` as a variable.
static void writeName(llvm::StringRef Name, llvm::raw_ostream &OS) {
  for (char C : Name) {
    if (C == ' ' || C == '#' || C == '\\')
      OS << '\\';
    if (C == '$')
      OS << '$';
    OS << C;
  }
}

static int run(FixedCommands Fixed) {
  if (files().size() != 1 || output().empty()) {
    llvm::WithColor::error() << "give one source file, and with -o where its summary goes\n";
    return CouldNot;
  }
  std::optional<Program> P = programOfOptions(std::move(Fixed));
  if (!P)
    return CouldNot;
  if (P->Files.size() != 1) {
    llvm::WithColor::error() << "'" << files().front() << "' is a folder; a summary is of one source file\n";
    return CouldNot;
  }
  const PathRoot Root(rootFolder());
  std::vector<ConfigError> Errors;
  std::shared_ptr<const RoleModel> Model = modelOf(P->Files.front(), judgeOptions().Config, Errors);
  ParsedTu Parsed;
  if (Model)
    Parsed = parse(*P->Commands, P->Files.front(), *Model, Root);
  llvm::append_range(Errors, Parsed.ConfigErrors);
  if (reportErrors(Errors, Parsed.ParseError.empty() ? llvm::ArrayRef<std::string>() : Parsed.ParseError))
    return CouldNot;
  llvm::SmallString<256> Here;
  llvm::sys::fs::current_path(Here);
  const PathRoot Below(Here); // build tools read names from where they run
  if (!writeFile(output(), [&](llvm::raw_ostream &OS) { writeSummary(Parsed.Summary, Root, OS); }))
    return CouldNot;
  bool Ok = DepFile.empty() || writeFile(DepFile, [&](llvm::raw_ostream &OS) {
              writeName(output(), OS);
              OS << ":";
              std::set<std::string> Read = Parsed.Files->Opened;
              if (!Model->path().empty())
                Read.insert(Model->path().str());
              for (const std::string &Name : Read) {
                OS << " \\\n  ";
                writeName(Below.stored(Name), OS);
              }
              OS << "\n";
            });
  return Ok ? Clean : CouldNot;
}

const Command SummarizeCommand{&summarizeSubCommand(), run};

} // namespace poolguard::cli
