#include "hosts/cli/Parse.h"

#include "clang/Frontend/CompilerInstance.h"
#include "clang/Frontend/FrontendAction.h"
#include "clang/Frontend/TextDiagnosticPrinter.h"
#include "clang/Tooling/ArgumentsAdjusters.h"
#include "clang/Tooling/Tooling.h"

#include "LlvmVersion.h"
#include "extract/Extractor.h"
#include "extract/SuppressionComments.h"
#include "hosts/cli/PrecompiledHeaders.h"

using namespace clang;
using namespace clang::tooling;

namespace poolguard::cli {

namespace {

/// The AST of one TU to its summary.
class ExtractConsumer : public ASTConsumer {
public:
  ExtractConsumer(const RoleModel &Model, const PathRoot &Root, ParsedTu &Out, Preprocessor &PP)
      : Model(Model), Root(Root), Out(Out), PP(PP), SM(PP.getSourceManager()) {
    PP.addCommentHandler(&Comments);
  }
  ~ExtractConsumer() override { PP.removeCommentHandler(&Comments); }

  void HandleTranslationUnit(ASTContext &Context) override {
    if (Context.getDiagnostics().hasUncompilableErrorOccurred())
      return;
    Out.Summary = extract(Context, Model, Root, Out.ConfigErrors);
    Comments.addTo(Out.Summary, Context, Root);
  }

  /// Bodies in system headers say nothing that the roles don't.
  bool shouldSkipFunctionBody(Decl *D) override { return SM.isInSystemHeader(D->getLocation()); }

private:
  const RoleModel &Model;
  const PathRoot &Root;
  ParsedTu &Out;
  Preprocessor &PP;
  SourceManager &SM;
  SuppressionComments Comments;
};

class ExtractAction : public ASTFrontendAction {
public:
  ExtractAction(const RoleModel &Model, const PathRoot &Root, ParsedTu &Out) : Model(Model), Root(Root), Out(Out) {}

  std::unique_ptr<ASTConsumer> CreateASTConsumer(CompilerInstance &CI, llvm::StringRef) override {
    CI.getFrontendOpts().SkipFunctionBodies = true;                        // ask the consumer about each
    CI.setVerboseOutputStream(std::make_unique<llvm::raw_null_ostream>()); // "1 error generated."
    return std::make_unique<ExtractConsumer>(Model, Root, Out, CI.getPreprocessor());
  }

private:
  const RoleModel &Model;
  const PathRoot &Root;
  ParsedTu &Out;
};

class ExtractFactory : public FrontendActionFactory {
public:
  ExtractFactory(const RoleModel &Model, const PathRoot &Root, ParsedTu &Out) : Model(Model), Root(Root), Out(Out) {}
  std::unique_ptr<FrontendAction> create() override { return std::make_unique<ExtractAction>(Model, Root, Out); }

private:
  const RoleModel &Model;
  const PathRoot &Root;
  ParsedTu &Out;
};

/// One of a file's commands.
class OneCommand : public CompilationDatabase {
public:
  explicit OneCommand(CompileCommand Command) : Only(std::move(Command)) {}
  std::vector<CompileCommand> getCompileCommands(llvm::StringRef) const override { return {Only}; }

private:
  CompileCommand Only;
};

} // namespace

/// Those that may see the file differently. One that is in two targets has two, which often differ in the output alone.
static std::vector<CompileCommand> withoutRepetitions(std::vector<CompileCommand> Commands) {
  ArgumentsAdjuster Strip = combineAdjusters(getClangStripOutputAdjuster(), getClangStripDependencyFileAdjuster());
  std::vector<CompileCommand> Out;
  for (CompileCommand &Command : Commands) {
    Command.CommandLine = Strip(Command.CommandLine, Command.Filename);
    if (llvm::none_of(Out, [&](const CompileCommand &Known) {
          return Known.Directory == Command.Directory && Known.CommandLine == Command.CommandLine;
        }))
      Out.push_back(std::move(Command));
  }
  return Out;
}

/// Parses with the one command that `Commands` has. `Files` notes what is read.
static ParsedTu parseOnce(const CompilationDatabase &Commands, const std::string &File, const RoleModel &Model,
                          const PathRoot &Root, llvm::IntrusiveRefCntPtr<RecordingFileSystem> Files) {
  ParsedTu Out;
  Out.Files = std::move(Files);
  ClangTool Tool(Commands, {File}, std::make_shared<PCHContainerOperations>(), Out.Files);
  std::string Text;
  llvm::raw_string_ostream Stream(Text);
  DiagnosticOptions Options;
  TextDiagnosticPrinter Printer(Stream, printerOptions(Options));
  Tool.setDiagnosticConsumer(&Printer);
  Tool.setPrintErrorMessage(false);
  Tool.appendArgumentsAdjuster(getStripPluginsAdjuster());
  Tool.appendArgumentsAdjuster(withoutPrecompiledHeaders());
  const llvm::StringMap<std::string> Forced = forcedHeaders(Commands.getCompileCommands(File), *Out.Files);
  for (const auto &Header : Forced)
    Tool.mapVirtualFile(Header.getKey(), Header.getValue());
  Tool.appendArgumentsAdjuster(
      getInsertArgumentAdjuster({"-resource-dir=" POOLGUARD_RESOURCE_DIR, "-w"}, ArgumentInsertPosition::END));
  ExtractFactory Factory(Model, Root, Out);
  int Status = Tool.run(&Factory);
  if (Status == 0 && !Out.Summary.MainFile.empty())
    return Out;
  if (Text.empty())
    Text = "the compiler could not be run on it; check its entry in the compile commands\n";
  Out.ParseError = std::move(Text);
  return Out;
}

ParsedTu parse(const CompilationDatabase &Commands, const std::string &File, const RoleModel &Model,
               const PathRoot &Root) {
  std::vector<CompileCommand> All = withoutRepetitions(Commands.getCompileCommands(File));
  ParsedTu Out;
  Out.Files = llvm::makeIntrusiveRefCnt<RecordingFileSystem>();
  if (All.empty())
    Out.ParseError = File + " does not parse:\nit has no entry in the compile commands\n";
  for (size_t I = 0; I < All.size(); ++I) {
    ParsedTu One = parseOnce(OneCommand(All[I]), File, Model, Root, Out.Files);
    if (!One.ParseError.empty()) {
      std::string Which = All.size() == 1 ? ""
                                          : " with command " + std::to_string(I + 1) + " of the " +
                                                std::to_string(All.size()) + " that the compile commands have for it";
      Out.ParseError = File + " does not parse" + Which + ":\n" + One.ParseError;
      return Out;
    }
    Out.ConfigErrors.insert(Out.ConfigErrors.end(), One.ConfigErrors.begin(), One.ConfigErrors.end());
    if (I == 0)
      Out.Summary = std::move(One.Summary);
    else
      Out.Summary.mergeFrom(std::move(One.Summary));
  }
  return Out;
}

} // namespace poolguard::cli
