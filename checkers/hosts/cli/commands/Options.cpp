#include "hosts/cli/commands/Options.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/WithColor.h"

#include "hosts/cli/Selection.h"
#include "report/Address.h"

namespace cl = llvm::cl;

namespace poolguard::cli {

cl::OptionCategory &optionCategory() {
  static cl::OptionCategory Category("poolguard options");
  return Category;
}

cl::SubCommand &checkSubCommand() {
  static cl::SubCommand Sub("check", "Check a program, and report the findings with their call paths");
  return Sub;
}
cl::SubCommand &summarizeSubCommand() {
  static cl::SubCommand Sub("summarize", "Write the summary of one source file: the action of a distributed build");
  return Sub;
}
cl::SubCommand &linkSubCommand() {
  static cl::SubCommand Sub("link", "Join summaries, and report what check would");
  return Sub;
}
cl::SubCommand &doctorSubCommand() {
  static cl::SubCommand Sub("doctor", "Say for every check what it looks at here, and what is wrong with the config");
  return Sub;
}
cl::SubCommand &explainSubCommand() {
  static cl::SubCommand Sub("explain", "Say what a check finds, why it bites, and how to mend it");
  return Sub;
}
cl::SubCommand &baselineSubCommand() {
  static cl::SubCommand Sub("baseline", "Write the findings of today to a baseline, or take out what was mended");
  return Sub;
}

cl::SubCommand &initSubCommand() {
  static cl::SubCommand Sub("init",
                            "Write the files that put the guards into a project: config, editor, pre-commit, CI");
  return Sub;
}
cl::SubCommand &mapSubCommand() {
  static cl::SubCommand Sub("map", "Draw which functions reach the server, on which lane");
  return Sub;
}

#define ON(...) cl::cat(optionCategory()), __VA_ARGS__
#define CHECK cl::sub(checkSubCommand())
#define SUMMARIZE cl::sub(summarizeSubCommand())
#define LINK cl::sub(linkSubCommand())
#define DOCTOR cl::sub(doctorSubCommand())
#define BASELINE cl::sub(baselineSubCommand())
#define INIT cl::sub(initSubCommand())
#define EXPLAIN cl::sub(explainSubCommand())
#define MAP cl::sub(mapSubCommand())

static cl::list<std::string> Files(cl::Positional, cl::desc("[FILES]"),
                                   ON(CHECK, SUMMARIZE, LINK, DOCTOR, EXPLAIN, BASELINE, MAP));
static cl::opt<std::string> BuildPath("p", cl::desc("The build folder, with compile_commands.json"),
                                      cl::value_desc("BUILD"), ON(CHECK, SUMMARIZE, DOCTOR, BASELINE, MAP));
static cl::opt<std::string> Config("config",
                                   cl::desc("The role config (default: nearest .poolguard.yaml above each file)"),
                                   cl::value_desc("FILE"), ON(CHECK, SUMMARIZE, DOCTOR, BASELINE, MAP));
static cl::opt<std::string>
    Checks("checks",
           cl::desc("Checks to run: names and globs. A leading '-' takes away from the default (levels 0 and 1)"),
           cl::value_desc("LIST"), ON(CHECK, LINK, DOCTOR, BASELINE));
static cl::opt<std::string> FormatName("format", cl::desc("text, json, sarif, github, gitlab or html"),
                                       cl::init("text"), cl::value_desc("FORMAT"), ON(CHECK, LINK));
static cl::opt<std::string> Output("o", cl::desc("Where the result goes (default: standard output)"),
                                   cl::value_desc("FILE"), ON(CHECK, SUMMARIZE, LINK, BASELINE, MAP));
static cl::opt<unsigned> Jobs("j", cl::Prefix, cl::desc("Use N threads (default: one a core)"), cl::value_desc("N"),
                              cl::init(0), ON(CHECK, LINK, DOCTOR, BASELINE, MAP));
static cl::opt<std::string> Root("root",
                                 cl::desc("The folder that paths are told, and stored, relative to (default: the "
                                          "working directory)"),
                                 cl::value_desc("FOLDER"), ON(CHECK, SUMMARIZE, LINK, DOCTOR, BASELINE, INIT, MAP));
static cl::opt<bool> VacuousError("vacuous-is-error", cl::desc("Fail when a check guards nothing in this program"),
                                  ON(CHECK, LINK));
static cl::opt<std::string> BaselineFile("baseline",
                                         cl::desc("Report only what this baseline doesn't have, and its entries that "
                                                  "match nothing any more"),
                                         cl::value_desc("FILE"), ON(CHECK, LINK));
static cl::opt<std::string> Docs("docs",
                                 cl::desc("The address of Poolguard's docs, to which SARIF links each rule (default: "
                                          "the docs that are installed with it)"),
                                 cl::value_desc("URL"), ON(CHECK, LINK));
static cl::opt<std::string> CacheFolder("cache",
                                        cl::desc("The cache (default: $POOLGUARD_CACHE_DIR, or poolguard in the "
                                                 "user's cache folder)"),
                                        cl::value_desc("FOLDER"), ON(CHECK, DOCTOR, BASELINE, MAP));
static cl::opt<uint64_t> CacheSize("cache-size", cl::desc("Keep the cache below N MiB (default: 2048)"),
                                   cl::value_desc("N"), cl::init(2048), ON(CHECK, DOCTOR, BASELINE, MAP));
static cl::opt<bool> NoCache("no-cache", cl::desc("Parse everything, and keep nothing"),
                             ON(CHECK, DOCTOR, BASELINE, MAP));

static cl::opt<std::string> ChangedSince("changed-since",
                                         cl::desc("Report only what the changes since this git revision can have "
                                                  "brought, by the call graph; files that git doesn't know count"),
                                         cl::value_desc("REV"), ON(CHECK));

std::string rootFolder() {
  llvm::SmallString<256> Path(Root.getValue());
  if (Path.empty())
    llvm::sys::fs::current_path(Path);
  llvm::sys::fs::make_absolute(Path);
  llvm::sys::path::remove_dots(Path, /*remove_dot_dot=*/true);
  return std::string(Path);
}

/// --docs, or the docs that were installed beside this program; empty where none were.
static std::string docsAddress() {
  if (!Docs.empty())
    return llvm::StringRef(Docs).ends_with("/") ? Docs.getValue() : Docs + "/";
  llvm::SmallString<256> Folder(llvm::sys::path::parent_path(llvm::sys::fs::getMainExecutable(nullptr, nullptr)));
  llvm::sys::path::append(Folder, POOLGUARD_DOCS_FROM_BIN);
  llvm::sys::path::remove_dots(Folder, /*remove_dot_dot=*/true);
  return llvm::sys::fs::is_directory(Folder + "/checks") ? fileAddress(Folder) + "/" : std::string();
}

llvm::ArrayRef<std::string> files() { return Files; }
const std::string &output() { return Output; }

std::optional<Program> programOfOptions(FixedCommands Fixed) {
  std::vector<std::string> Paths(Files.begin(), Files.end());
  llvm::Expected<Program> P = loadProgram(BuildPath, std::move(Fixed), Paths);
  if (P)
    return std::move(*P);
  llvm::WithColor::error() << llvm::toString(P.takeError()) << "\n";
  return std::nullopt;
}

JudgeOptions judgeOptions() {
  return {.Config = Config,
          .Jobs = Jobs,
          .Root = rootFolder(),
          .Progress = llvm::sys::Process::StandardErrIsDisplayed(),
          .ChangedSince = ChangedSince};
}

std::unique_ptr<Cache> cacheOfOptions() {
  std::string Folder = NoCache ? "" : CacheFolder.empty() ? Cache::defaultFolder() : CacheFolder.getValue();
  return std::make_unique<Cache>(std::move(Folder), CacheSize * 1024 * 1024);
}

std::optional<std::vector<const Rule *>> rulesOfOptions() {
  llvm::Expected<std::vector<const Rule *>> Rules = selectRules(Checks);
  if (Rules)
    return std::move(*Rules);
  llvm::WithColor::error() << llvm::toString(Rules.takeError()) << "\n";
  return std::nullopt;
}

std::optional<ReportOptions> reportOptions() {
  std::optional<Format> As = parseFormat(FormatName);
  if (!As) {
    llvm::WithColor::error() << "--format: '" << FormatName
                             << "' is not one of text, json, sarif, github, gitlab, html\n";
    return std::nullopt;
  }
  ReportOptions Options;
  Options.As = *As;
  Options.Output = Output;
  Options.Root = rootFolder();
  Options.Colour = Output.empty() && llvm::sys::Process::StandardOutHasColors();
  Options.Baseline = BaselineFile;
  Options.Docs = docsAddress();
  Options.VacuousIsError = VacuousError;
  return Options;
}

} // namespace poolguard::cli
