#include "hosts/cli/Driver.h"

#include <algorithm>
#include <mutex>
#include <set>

#include "clang/Frontend/CompilerInstance.h"
#include "clang/Frontend/FrontendAction.h"
#include "clang/Frontend/TextDiagnosticPrinter.h"
#include "clang/Tooling/ArgumentsAdjusters.h"
#include "clang/Tooling/Tooling.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/ThreadPool.h"

#include "extract/Extractor.h"

using namespace clang;
using namespace clang::tooling;

namespace poolguard::cli {

namespace {

/// One role model a config file, read once however many TUs it governs.
class Models {
public:
  explicit Models(llvm::StringRef Override) : Override(Override.str()) {}

  std::shared_ptr<const RoleModel> forFile(llvm::StringRef File) {
    std::string Config = Override.empty() ? RoleModel::findConfig(File) : Override;
    std::lock_guard<std::mutex> Guard(Lock);
    auto [At, New] = Known.try_emplace(Config);
    if (New)
      At->second = Config.empty() ? RoleModel::defaults() : RoleModel::load(Config, Errors);
    return At->second;
  }

  std::vector<ConfigError> Errors;
  std::map<std::string, std::shared_ptr<const RoleModel>> Known;

private:
  std::string Override;
  std::mutex Lock;
};

/// The AST of one TU to its summary.
class ExtractConsumer : public ASTConsumer {
public:
  ExtractConsumer(const RoleModel &Model, TuSummary &Out, std::vector<ConfigError> &Errors, SourceManager &SM)
      : Model(Model), Out(Out), Errors(Errors), SM(SM) {}

  void HandleTranslationUnit(ASTContext &Context) override {
    if (!Context.getDiagnostics().hasUncompilableErrorOccurred())
      Out = extract(Context, Model, Errors);
  }

  /// Bodies in system headers say nothing that the roles don't.
  bool shouldSkipFunctionBody(Decl *D) override { return SM.isInSystemHeader(D->getLocation()); }

private:
  const RoleModel &Model;
  TuSummary &Out;
  std::vector<ConfigError> &Errors;
  SourceManager &SM;
};

class ExtractAction : public ASTFrontendAction {
public:
  ExtractAction(const RoleModel &Model, TuSummary &Out, std::vector<ConfigError> &Errors)
      : Model(Model), Out(Out), Errors(Errors) {}

  std::unique_ptr<ASTConsumer> CreateASTConsumer(CompilerInstance &CI, llvm::StringRef) override {
    CI.getFrontendOpts().SkipFunctionBodies = true; // ask the consumer about each
    return std::make_unique<ExtractConsumer>(Model, Out, Errors, CI.getSourceManager());
  }

private:
  const RoleModel &Model;
  TuSummary &Out;
  std::vector<ConfigError> &Errors;
};

class ExtractFactory : public FrontendActionFactory {
public:
  ExtractFactory(const RoleModel &Model, TuSummary &Out, std::vector<ConfigError> &Errors)
      : Model(Model), Out(Out), Errors(Errors) {}
  std::unique_ptr<FrontendAction> create() override { return std::make_unique<ExtractAction>(Model, Out, Errors); }

private:
  const RoleModel &Model;
  TuSummary &Out;
  std::vector<ConfigError> &Errors;
};

} // namespace

/// Parses one TU. Returns the compiler's errors, or an empty text.
static std::string summarizeOne(const CompilationDatabase &Commands, const std::string &File, const RoleModel &Model,
                                TuSummary &Out, std::vector<ConfigError> &Errors) {
  ClangTool Tool(Commands, {File}, std::make_shared<PCHContainerOperations>(), llvm::vfs::createPhysicalFileSystem());
  std::string Text;
  llvm::raw_string_ostream Stream(Text);
  DiagnosticOptions Options;
  TextDiagnosticPrinter Printer(Stream, Options);
  Tool.setDiagnosticConsumer(&Printer);
  Tool.setPrintErrorMessage(false);
  Tool.appendArgumentsAdjuster(getStripPluginsAdjuster());
  Tool.appendArgumentsAdjuster(
      getInsertArgumentAdjuster({"-resource-dir=" POOLGUARD_RESOURCE_DIR, "-w"}, ArgumentInsertPosition::END));
  ExtractFactory Factory(Model, Out, Errors);
  int Status = Tool.run(&Factory);
  if (Status == 0 && !Out.MainFile.empty())
    return {};
  if (Text.empty())
    Text = "the compiler could not be run on it; check its entry in the compile commands\n";
  return File + " does not parse:\n" + Text;
}

Summaries summarize(const Program &P, llvm::StringRef ConfigPath, unsigned Jobs) {
  struct OneTu {
    TuSummary Summary;
    std::vector<ConfigError> ConfigErrors;
    std::string ParseError;
    std::shared_ptr<const RoleModel> Model;
  };
  std::vector<OneTu> Tus(P.Files.size());
  Models Known(ConfigPath);
  {
    llvm::DefaultThreadPool Pool(llvm::hardware_concurrency(Jobs));
    for (size_t I = 0; I < P.Files.size(); ++I)
      Pool.async([&, I] {
        OneTu &Tu = Tus[I];
        Tu.Model = Known.forFile(P.Files[I]);
        if (Tu.Model)
          Tu.ParseError = summarizeOne(*P.Commands, P.Files[I], *Tu.Model, Tu.Summary, Tu.ConfigErrors);
      });
    Pool.wait();
  }

  Summaries Out;
  Out.ConfigErrors = Known.Errors;
  std::map<const RoleModel *, std::set<unsigned>> Matched;
  for (OneTu &Tu : Tus) {
    Out.ConfigErrors.insert(Out.ConfigErrors.end(), Tu.ConfigErrors.begin(), Tu.ConfigErrors.end());
    if (!Tu.ParseError.empty())
      Out.ParseErrors.push_back(std::move(Tu.ParseError));
    if (Tu.Model)
      Matched[Tu.Model.get()].insert(Tu.Summary.MatchedEntries.begin(), Tu.Summary.MatchedEntries.end());
    Out.Tus.push_back(std::move(Tu.Summary));
  }
  auto Key = [](const ConfigError &E) { return std::tie(E.File, E.Line, E.Column, E.Message); };
  std::sort(Out.ConfigErrors.begin(), Out.ConfigErrors.end(),
            [&](const ConfigError &A, const ConfigError &B) { return Key(A) < Key(B); });
  Out.ConfigErrors.erase(std::unique(Out.ConfigErrors.begin(), Out.ConfigErrors.end(),
                                     [&](const ConfigError &A, const ConfigError &B) { return Key(A) == Key(B); }),
                         Out.ConfigErrors.end());
  for (const auto &[Path, Model] : Known.Known) {
    if (!Model)
      continue;
    for (unsigned I = 0; I < Model->entries().size(); ++I)
      if (!Model->entries()[I].FromPreset && !Matched[Model.get()].count(I))
        Out.UnmatchedEntries.push_back(Model->entries()[I]);
  }
  return Out;
}

} // namespace poolguard::cli
