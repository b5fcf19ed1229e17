// findings-under SOURCE CONFIG... -- FLAGS: what the checks find in SOURCE under each role config, one line of JSON
// each.
//
// The source is parsed once, and the rest of the work done anew for each config: preset_roles.py asks for hundreds of
// them.

#include <algorithm>

#include "clang/Frontend/CompilerInstance.h"
#include "clang/Frontend/FrontendAction.h"
#include "clang/Tooling/ArgumentsAdjusters.h"
#include "clang/Tooling/CompilationDatabase.h"
#include "clang/Tooling/Tooling.h"
#include "llvm/Support/raw_ostream.h"

#include "extract/Extractor.h"
#include "link/ProgramGraph.h"
#include "report/Report.h"
#include "rules/Rule.h"

using namespace clang;
using namespace poolguard;

namespace {

using Configs = std::vector<std::string>;

bool stopsFor(const std::vector<ConfigError> &Errors) {
  for (const ConfigError &Error : Errors)
    llvm::errs() << Error.File << ":" << Error.Line << ": " << Error.Message << "\n";
  return !Errors.empty();
}

/// The findings as one line; nothing where the config is wrong.
std::optional<std::string> findingsUnder(const std::string &Config, ASTContext &Context) {
  std::vector<ConfigError> Errors;
  std::shared_ptr<const RoleModel> Model = RoleModel::load(Config, Errors);
  if (stopsFor(Errors))
    return std::nullopt;
  std::vector<TuSummary> Tus;
  Tus.push_back(extract(Context, *Model, PathRoot(""), Errors));
  if (stopsFor(Errors))
    return std::nullopt;
  const ProgramGraph Graph(std::move(Tus));
  std::vector<Finding> Findings;
  for (const Rule &R : allRules()) {
    RuleStats Stats;
    runRule(R, Graph, Findings, Stats);
  }
  normalize(Findings);
  std::string Text;
  llvm::raw_string_ostream Stream(Text);
  write(Format::Json, Findings, ReportContext(), Stream);
  std::replace(Text.begin(), Text.end(), '\n', ' '); // in a string of JSON a line's end is written as '\' and 'n'
  return Text;
}

class Consumer : public ASTConsumer {
public:
  Consumer(const Configs &All, bool &Good) : All(All), Good(Good) {}

  void HandleTranslationUnit(ASTContext &Context) override {
    if (Context.getDiagnostics().hasUncompilableErrorOccurred())
      return;
    Good = true;
    for (const std::string &Config : All)
      if (std::optional<std::string> Found = findingsUnder(Config, Context))
        llvm::outs() << *Found << "\n";
      else
        Good = false;
  }

private:
  const Configs &All;
  bool &Good;
};

class Action : public ASTFrontendAction {
public:
  Action(const Configs &All, bool &Good) : All(All), Good(Good) {}
  std::unique_ptr<ASTConsumer> CreateASTConsumer(CompilerInstance &, llvm::StringRef) override {
    return std::make_unique<Consumer>(All, Good);
  }

private:
  const Configs &All;
  bool &Good;
};

class Factory : public tooling::FrontendActionFactory {
public:
  Factory(const Configs &All, bool &Good) : All(All), Good(Good) {}
  std::unique_ptr<FrontendAction> create() override { return std::make_unique<Action>(All, Good); }

private:
  const Configs &All;
  bool &Good;
};

} // namespace

int main(int Argc, const char **Argv) {
  std::string Error;
  std::unique_ptr<tooling::CompilationDatabase> Commands =
      tooling::FixedCompilationDatabase::loadFromCommandLine(Argc, Argv, Error);
  if (!Commands || Argc < 3) {
    llvm::errs() << "usage: findings-under SOURCE CONFIG... -- FLAGS\n" << Error;
    return 2;
  }
  const Configs All(Argv + 2, Argv + Argc);
  tooling::ClangTool Tool(*Commands, {Argv[1]});
  Tool.appendArgumentsAdjuster(tooling::getInsertArgumentAdjuster({"-resource-dir=" POOLGUARD_RESOURCE_DIR, "-w"},
                                                                  tooling::ArgumentInsertPosition::END));
  bool Good = false;
  Factory Make(All, Good);
  return Tool.run(&Make) == 0 && Good ? 0 : 2;
}
