//===- main.cpp - The command line of `poolguard` --------------------------===//

#include "clang/Tooling/CompilationDatabase.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/WithColor.h"

#include "hosts/cli/commands/Options.h"

namespace cl = llvm::cl;
using namespace poolguard;

llvm::ArrayRef<cli::Command> cli::commands() {
  static const Command All[] = {InitCommand,     CheckCommand,     DoctorCommand, ExplainCommand,
                                BaselineCommand, SummarizeCommand, LinkCommand,   MapCommand};
  return All;
}

int main(int argc, const char **argv) {
  llvm::InitLLVM Init(argc, argv);
  // Where both go to one place, what is said about the report comes after it, not in the middle.
  llvm::errs().tie(&llvm::outs());
  cl::HideUnrelatedOptions(cli::optionCategory(), cl::SubCommand::getTopLevel()); // LLVM's own hundreds
  for (const cli::Command &Command : cli::commands())
    cl::HideUnrelatedOptions(cli::optionCategory(), *Command.Sub);
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
      "  poolguard init                      put the guards into this project\n"
      "  poolguard check -p build            check the program that build/compile_commands.json names\n"
      "  poolguard check FILE -- -std=c++20  check one file with these flags\n"
      "  poolguard doctor -p build           what each check looks at there\n"
      "  poolguard map -p build -o map.svg   draw which functions reach the server, on which lane\n"
      "  poolguard explain CHECK             the incident, the shape, the fix\n"
      "  poolguard COMMAND --help            the options of a command\n\n"
      "Exit status: 0 clean, 1 findings, 2 could not do the job (the message says why).\n";
  if (!cl::ParseCommandLineOptions(argc, argv, Overview, &MistakeStream)) {
    llvm::errs() << Mistake << "Try 'poolguard --help'.\n";
    return cli::CouldNot;
  }
  for (const cli::Command &Command : cli::commands())
    if (*Command.Sub)
      return Command.Run(std::move(Fixed));
  cl::PrintHelpMessage();
  return cli::CouldNot;
}
