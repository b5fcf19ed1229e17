//===- PoolguardTidyModule.cpp - The checks inside clang-tidy --------------===//
//
// One extraction and one link serve all checks of a TU. Where `poolguard check` has left the program, the TU is linked
// into that. Each check reports what its rule found in the TU's own files.
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
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include "extract/Extractor.h"
#include "hosts/tidy/LastFindings.h"
#include "hosts/tidy/ProgramOnDisk.h"
#include "hosts/tidy/RolesOnDisk.h"
#include "link/ProgramGraph.h"
#include "rules/CheckNames.h"
#include "rules/Rule.h"

#if CLANG_VERSION_MAJOR < 22
#include "clang-tidy/ClangTidyModuleRegistry.h" // in ClangTidyModule.h since
#endif

using namespace clang;
using namespace clang::tidy;

namespace poolguard {
namespace {

/// What a run is told by options.
struct HostOptions {
  std::string Config, Program;
  bool Editor = false;
};

/// The graph around one TU, made once and shared by the checks that run over it.
class TuAnalysis {
public:
  TuAnalysis(ASTContext &Context, const HostOptions &Options) {
    const SourceManager &SM = Context.getSourceManager();
    ProgramSearch Search;
    if (OptionalFileEntryRef Main = SM.getFileEntryRefForID(SM.getMainFileID())) {
      llvm::SmallString<256> Path(Main->getName());
      SM.getFileManager().makeAbsolutePath(Path);
      llvm::sys::path::remove_dots(Path, /*remove_dot_dot=*/true);
      Search.File = std::string(Path);
    }
    const std::string Config = Options.Config.empty() ? RoleModel::findConfig(Search.File) : Options.Config;
    std::shared_ptr<const RoleModel> Model = rolesOf(Config, Errors);
    if (!Model)
      return;
    Search.Chosen = Options.Program;
    Search.Editor = Options.Editor;
    if (llvm::ErrorOr<std::string> Folder = SM.getFileManager().getVirtualFileSystem().getCurrentWorkingDirectory())
      Search.WorkingFolder = *Folder;
    Program = programAround(Search, Model->digest());
    Now.Open = std::make_shared<TuSummary>(extract(Context, *Model, PathRoot(Program ? Program->root() : ""), Errors));
    Now.Program = Program;
    Now.Roles = Model->digest();
    OwnFiles.insert(Now.Open->MainFile);
    for (const Function &F : Now.Open->Functions)
      OwnFiles.insert(F.At.File);
    if ((Editor = Options.Editor))
      Before = judgedBefore(*Now.Open, Program, Now.Roles);
  }

  ~TuAnalysis() {
    if (!Editor || !Graph)
      return;
    if (Before) // checks that were enabled before
      Now.ByCheck.insert(Before->ByCheck.begin(), Before->ByCheck.end());
    keepForNextEdit(std::make_shared<Judged>(std::move(Now)));
  }

  std::vector<ConfigError> Errors;
  bool ErrorsReported = false;

  /// What the rule finds in code that this run has read, but for what the config allows. Nothing when the config can't
  /// be used.
  const std::vector<Finding> &findings(const Rule &R) {
    if (Before)
      if (auto Known = Before->ByCheck.find(R.Name.str()); Known != Before->ByCheck.end())
        return Known->second;
    std::vector<Finding> &Findings = Now.ByCheck[R.Name.str()];
    if (!Now.Open)
      return Findings;
    if (!Graph)
      Graph = std::make_unique<ProgramGraph>(Program ? Program->with(Now.Open) : SharedSummaries{Now.Open});
    RuleStats Stats;
    runRule(R, *Graph, Findings, Stats);
    normalize(Findings);
    std::erase_if(Findings, [&](const Finding &F) { return !own(F.At) || Graph->allowed(R.Name, F.At, F.Function); });
    return Findings;
  }

  /// Whether what is there is code that this run has read: findings in it are for this run to report.
  bool own(const Location &At) const { return !Program || OwnFiles.contains(At.File); }

  /// The analysis of `Context`, shared for as long as one of its checks lives. clangd builds several TUs at once.
  static std::shared_ptr<TuAnalysis> of(ASTContext &Context, const HostOptions &Options) {
    static std::mutex Lock;
    static std::map<const ASTContext *, std::weak_ptr<TuAnalysis>> Running;
    {
      std::lock_guard<std::mutex> Guard(Lock);
      std::erase_if(Running, [](const auto &Entry) { return Entry.second.expired(); });
      if (auto Known = Running[&Context].lock())
        return Known;
    }
    // One TU is one thread's, so nobody else makes the same meanwhile.
    auto New = std::make_shared<TuAnalysis>(Context, Options);
    std::lock_guard<std::mutex> Guard(Lock);
    Running[&Context] = New;
    return New;
  }

private:
  bool Editor = false;
  llvm::StringSet<> OwnFiles; // with code that this run has read
  std::shared_ptr<const ProgramAround> Program;
  Judged Now; // its summary is null when the config can't be used
  std::shared_ptr<const Judged> Before;
  std::unique_ptr<ProgramGraph> Graph; // made when a rule has to run
};

class PoolguardCheck : public ClangTidyCheck {
public:
  PoolguardCheck(llvm::StringRef Name, ClangTidyContext *Context, const Rule &R)
      : ClangTidyCheck(Name, Context), R(R),
        Host{option(*Context, "poolguard.Config"), option(*Context, "poolguard.Program"),
             // The mark of a host that shows one file to somebody.
             Context->areDiagsSelfContained()} {}

  void storeOptions(ClangTidyOptions::OptionMap &Options) override {
    Options["poolguard.Config"] = ClangTidyOptions::ClangTidyValue(Host.Config);
    Options["poolguard.Program"] = ClangTidyOptions::ClangTidyValue(Host.Program);
  }

  bool isLanguageVersionSupported(const LangOptions &) const override { return true; }

  void registerMatchers(ast_matchers::MatchFinder *Finder) override {
    Finder->addMatcher(ast_matchers::translationUnitDecl().bind("tu"), this);
  }

  void check(const ast_matchers::MatchFinder::MatchResult &Result) override {
    SM = Result.SourceManager;
    Analysis = TuAnalysis::of(*Result.Context, Host);
    if (!Analysis->ErrorsReported) {
      Analysis->ErrorsReported = true;
      for (const ConfigError &Error : Analysis->Errors)
        reportConfigError(Error);
    }
    for (const Finding &F : Analysis->findings(R))
      report(F);
  }

  void onEndOfTranslationUnit() override { Analysis.reset(); }

private:
  const Rule &R;
  HostOptions Host;
  SourceManager *SM = nullptr;
  std::shared_ptr<TuAnalysis> Analysis;

  static std::string option(const ClangTidyContext &Context, llvm::StringRef Name) {
    return Context.getOptions().CheckOptions.lookup(Name).Value;
  }

  /// A place in code that this run has read.
  SourceLocation place(const Location &At) const {
    OptionalFileEntryRef File = SM->getFileManager().getOptionalFileRef(At.File);
    if (!File)
      return {};
    FileID Id = SM->translateFile(*File);
    return Id.isInvalid() ? SourceLocation() : SM->getComposedLoc(Id, At.Offset);
  }

  /// A place in any file of the program, by line and column: the file may have changed since the program was stored.
  SourceLocation placeAnywhere(const Location &At) const {
    if (Analysis->own(At))
      return place(At);
    OptionalFileEntryRef File = SM->getFileManager().getOptionalFileRef(At.File);
    if (!File || At.Line == 0)
      return {};
    FileID Id = SM->translateFile(*File);
    if (Id.isInvalid())
      Id = SM->createFileID(*File, SourceLocation(), SrcMgr::C_User);
    return SM->translateLineCol(Id, At.Line, At.Column);
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
      // Half of a fix is none.
      if (llvm::all_of(F.Fixes, [&](const Edit &E) { return Analysis->own(E.At) && place(E.At).isValid(); }))
        for (const Edit &E : F.Fixes) {
          SourceLocation From = place(E.At);
          Warning << FixItHint::CreateReplacement(CharSourceRange::getCharRange(From, From.getLocWithOffset(E.Length)),
                                                  E.Replacement);
        }
    }
    for (const Note &N : F.Path) {
      SourceLocation Step = placeAnywhere(N.At);
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
