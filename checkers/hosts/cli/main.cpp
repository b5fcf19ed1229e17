//===- main.cpp - The command line of `poolguard` --------------------------===//

#include "clang/Tooling/CompilationDatabase.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/WithColor.h"

#include "hosts/cli/Check.h"

namespace cl = llvm::cl;
using namespace poolguard;

static cl::SubCommand CheckCommand("check", "Check a program, and report the findings with their call paths");

static cl::OptionCategory Category("poolguard options");
static cl::list<std::string> Files(cl::Positional, cl::desc("[FILES] [-- COMPILER FLAGS]"), cl::sub(CheckCommand),
                                   cl::cat(Category));
static cl::opt<std::string> BuildPath("p", cl::desc("The build folder, with compile_commands.json"),
                                      cl::value_desc("BUILD"), cl::sub(CheckCommand), cl::cat(Category));
static cl::opt<std::string> Config("config",
                                   cl::desc("The role config (default: nearest .poolguard.yaml above each file)"),
                                   cl::value_desc("FILE"), cl::sub(CheckCommand), cl::cat(Category));
static cl::opt<std::string>
    Checks("checks",
           cl::desc("Checks to run: names and globs. A leading '-' takes away from the default (levels 0 and 1)"),
           cl::value_desc("LIST"), cl::sub(CheckCommand), cl::cat(Category));
static cl::opt<std::string> FormatName("format", cl::desc("text, json, sarif, github or gitlab"), cl::init("text"),
                                       cl::value_desc("FORMAT"), cl::sub(CheckCommand), cl::cat(Category));
static cl::opt<std::string> Output("o", cl::desc("Where the report goes (default: standard output)"),
                                   cl::value_desc("FILE"), cl::sub(CheckCommand), cl::cat(Category));
static cl::opt<unsigned> Jobs("j", cl::desc("Parse N files at a time (default: one a core)"), cl::value_desc("N"),
                              cl::init(0), cl::sub(CheckCommand), cl::cat(Category));
static cl::opt<bool> Fix("fix", cl::desc("Apply the fix-its to the files"), cl::sub(CheckCommand), cl::cat(Category));
static cl::opt<bool> VacuousError("vacuous-is-error", cl::desc("Fail when a check guards nothing in this program"),
                                  cl::sub(CheckCommand), cl::cat(Category));

static int runCheck(std::unique_ptr<clang::tooling::CompilationDatabase> Fixed) {
  std::optional<Format> As = parseFormat(FormatName);
  if (!As) {
    llvm::WithColor::error() << "--format: '" << FormatName << "' is not one of text, json, sarif, github, gitlab\n";
    return cli::CouldNot;
  }
  cli::CheckOptions Options;
  Options.BuildPath = BuildPath;
  Options.Config = Config;
  Options.Checks = Checks;
  Options.Output = Output;
  Options.Files.assign(Files.begin(), Files.end());
  Options.Fixed = std::move(Fixed);
  Options.As = *As;
  Options.Jobs = Jobs;
  Options.Fix = Fix;
  Options.VacuousIsError = VacuousError;
  Options.Colour = Output.empty() && llvm::sys::Process::StandardOutHasColors();
  return cli::check(std::move(Options));
}

int main(int argc, const char **argv) {
  llvm::InitLLVM Init(argc, argv);
  // Where both go to one place, what is said about the report comes after it, not in the middle.
  llvm::errs().tie(&llvm::outs());
  cl::HideUnrelatedOptions(Category, CheckCommand);
  cl::SetVersionPrinter(
      [](llvm::raw_ostream &OS) { OS << "poolguard " POOLGUARD_VERSION " (LLVM " LLVM_VERSION_STRING ")\n"; });
  // Takes `-- FLAGS` off the command line, if it is there.
  std::string Error;
  std::unique_ptr<clang::tooling::CompilationDatabase> Fixed =
      clang::tooling::FixedCompilationDatabase::loadFromCommandLine(argc, argv, Error);
  // cl ends the process with status 1 on a mistake, which would read as "findings": ask it for the text instead.
  std::string Mistake;
  llvm::raw_string_ostream MistakeStream(Mistake);
  const char *Overview =
      "Guards for C++ on Postgres behind a connection pooler.\n\n"
      "  poolguard check -p build          check the program that build/compile_commands.json names\n"
      "  poolguard check FILE -- -std=c++20  check one file with these flags\n\n"
      "Exit status: 0 clean, 1 findings, 2 could not do the job (the message says why).\n";
  if (!cl::ParseCommandLineOptions(argc, argv, Overview, &MistakeStream)) {
    llvm::errs() << Mistake << "Try 'poolguard --help'.\n";
    return cli::CouldNot;
  }
  if (CheckCommand)
    return runCheck(std::move(Fixed));
  cl::PrintHelpMessage();
  return cli::CouldNot;
}
