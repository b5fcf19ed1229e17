//===- PoolguardTidyModule.cpp - The checks inside clang-tidy --------------===//
//
// One extraction and one link serve all checks of a TU. Each check reports what its rule found.
//
//===----------------------------------------------------------------------===//

#include <cstdlib>
#include <map>
#include <mutex>

#include "clang-tidy/ClangTidyCheck.h"
#include "clang-tidy/ClangTidyModule.h"
#include "clang/AST/ASTContext.h"
#include "clang/ASTMatchers/ASTMatchers.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Basic/Version.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include "extract/Extractor.h"
#include "link/ProgramGraph.h"
#include "rules/CheckNames.h"
#include "rules/Rule.h"

using namespace clang;
using namespace clang::tidy;

namespace poolguard {
namespace {

/// The graph of one TU, made once and shared by the checks that run over it.
class TuAnalysis {
public:
  TuAnalysis(ASTContext &Context, llvm::StringRef ConfigOption) {
    std::string Config = ConfigOption.str();
    if (Config.empty()) {
      const SourceManager &SM = Context.getSourceManager();
      if (OptionalFileEntryRef Main = SM.getFileEntryRefForID(SM.getMainFileID())) {
        llvm::SmallString<256> Path(Main->getName());
        SM.getFileManager().makeAbsolutePath(Path);
        Config = RoleModel::findConfig(Path);
      }
    }
    std::shared_ptr<const RoleModel> Model = Config.empty() ? RoleModel::defaults() : RoleModel::load(Config, Errors);
    if (!Model)
      return;
    std::vector<TuSummary> Summaries;
    Summaries.push_back(extract(Context, *Model, PathRoot(""), Errors));
    Graph = std::make_unique<ProgramGraph>(std::move(Summaries));
  }

  std::vector<ConfigError> Errors;
  std::unique_ptr<ProgramGraph> Graph; // null when the config can't be used
  bool ErrorsReported = false;

  /// The analysis of `Context`, shared for as long as one of its checks lives. clangd builds several TUs at once.
  static std::shared_ptr<TuAnalysis> of(ASTContext &Context, llvm::StringRef Config) {
    static std::mutex Lock;
    static std::map<const ASTContext *, std::weak_ptr<TuAnalysis>> Running;
    std::lock_guard<std::mutex> Guard(Lock);
    std::erase_if(Running, [](const auto &Entry) { return Entry.second.expired(); });
    std::shared_ptr<TuAnalysis> Known = Running[&Context].lock();
    if (!Known) {
      Known = std::make_shared<TuAnalysis>(Context, Config);
      Running[&Context] = Known;
    }
    return Known;
  }
};

class PoolguardCheck : public ClangTidyCheck {
public:
  PoolguardCheck(llvm::StringRef Name, ClangTidyContext *Context, const Rule &R)
      : ClangTidyCheck(Name, Context), R(R),
        Config(Context->getOptions().CheckOptions.lookup("poolguard.Config").Value) {}

  void storeOptions(ClangTidyOptions::OptionMap &Options) override {
    Options["poolguard.Config"] = ClangTidyOptions::ClangTidyValue(Config);
  }

  bool isLanguageVersionSupported(const LangOptions &) const override { return true; }

  void registerMatchers(ast_matchers::MatchFinder *Finder) override {
    Finder->addMatcher(ast_matchers::translationUnitDecl().bind("tu"), this);
  }

  void check(const ast_matchers::MatchFinder::MatchResult &Result) override {
    SM = Result.SourceManager;
    Analysis = TuAnalysis::of(*Result.Context, Config);
    if (!Analysis->ErrorsReported) {
      Analysis->ErrorsReported = true;
      for (const ConfigError &Error : Analysis->Errors)
        reportConfigError(Error);
    }
    if (!Analysis->Graph)
      return;
    std::vector<Finding> Findings;
    RuleStats Stats;
    R.Run(*Analysis->Graph, Findings, Stats);
    normalize(Findings);
    for (const Finding &F : Findings)
      if (!Analysis->Graph->allowed(R.Name, F.At, F.Function))
        report(F);
  }

  void onEndOfTranslationUnit() override { Analysis.reset(); }

private:
  const Rule &R;
  std::string Config;
  const SourceManager *SM = nullptr;
  std::shared_ptr<TuAnalysis> Analysis;

  SourceLocation place(const Location &At) const {
    OptionalFileEntryRef File = SM->getFileManager().getOptionalFileRef(At.File);
    if (!File)
      return {};
    FileID Id = SM->translateFile(*File);
    return Id.isInvalid() ? SourceLocation() : SM->getComposedLoc(Id, At.Offset);
  }

  void reportConfigError(const ConfigError &Error) {
    // The config isn't part of the TU, so its place goes into the text. An error, so that nobody takes it for silence.
    std::string Place = Error.File;
    if (Error.Line != 0)
      Place += ":" + std::to_string(Error.Line) + ":" + std::to_string(Error.Column);
    diag(SM->getLocForStartOfFile(SM->getMainFileID()), "%0: %1", DiagnosticIDs::Error) << Place << Error.Message;
  }

  void report(const Finding &F) {
    SourceLocation At = place(F.At);
    if (At.isInvalid())
      At = SM->getLocForStartOfFile(SM->getMainFileID());
    {
      DiagnosticBuilder Warning = diag(At, "%0") << F.Message;
      for (const Edit &E : F.Fixes) {
        SourceLocation From = place(E.At);
        if (From.isValid())
          Warning << FixItHint::CreateReplacement(CharSourceRange::getCharRange(From, From.getLocWithOffset(E.Length)),
                                                  E.Replacement);
      }
    }
    for (const Note &N : F.Path) {
      SourceLocation Step = place(N.At);
      if (Step.isValid())
        diag(Step, "%0", DiagnosticIDs::Note) << N.Message;
      else
        diag(At, "%0 (at %1:%2)", DiagnosticIDs::Note) << N.Message << N.At.File << N.At.Line;
    }
  }
};

class PoolguardModule : public ClangTidyModule {
public:
  PoolguardModule() {
    // The symbols may resolve in another LLVM and still mean something else.
    const std::string Host = getClangFullVersion();
    if (Host.find("version " CLANG_VERSION_STRING) != std::string::npos)
      return;
    llvm::errs() << "error: this Poolguard plugin was built for Clang " CLANG_VERSION_STRING
                    ", but the program that loads it "
                    "is "
                 << Host << "; load it into clang-tidy " CLANG_VERSION_STRING "\n";
    std::_Exit(2); // nothing of the other LLVM can be trusted to shut down
  }

  void addCheckFactories(ClangTidyCheckFactories &Factories) override {
    for (const Rule &R : allRules())
      Factories.registerCheckFactory(("poolguard-" + R.Name).str(),
                                     [&R](llvm::StringRef Name, ClangTidyContext *Context) {
                                       return std::make_unique<PoolguardCheck>(Name, Context, R);
                                     });
  }
};

} // namespace

static ClangTidyModuleRegistry::Add<PoolguardModule> Register("poolguard", "guards for Postgres behind a pooler");

} // namespace poolguard
