#include "hosts/cli/Program.h"

#include <algorithm>

#include "clang/Tooling/JSONCompilationDatabase.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace clang::tooling;

namespace poolguard::cli {

static llvm::Error failure(const llvm::Twine &Message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), Message);
}

static std::string absolute(llvm::StringRef Path) {
  llvm::SmallString<256> Out(Path);
  llvm::sys::fs::make_absolute(Out);
  llvm::sys::path::remove_dots(Out, /*remove_dot_dot=*/true);
  return std::string(Out);
}

/// The folder that the file really lies in; empty when there is no such file.
static std::string realFolder(llvm::StringRef Json) {
  llvm::SmallString<256> Real;
  if (llvm::sys::fs::real_path(Json, Real))
    return {};
  return llvm::sys::path::parent_path(Real).str();
}

/// `Folder` gets the one that they lie in.
static llvm::Expected<std::unique_ptr<CompilationDatabase>> findCommands(llvm::StringRef BuildPath,
                                                                         std::string &Folder) {
  std::string Error;
  if (!BuildPath.empty()) {
    std::string Json = absolute(BuildPath);
    if (llvm::sys::fs::is_directory(Json))
      Json += "/compile_commands.json";
    if (!llvm::sys::fs::exists(Json))
      return failure("no compile commands at '" + llvm::Twine(Json) +
                     "'; configure the build with -DCMAKE_EXPORT_COMPILE_COMMANDS=ON, or give its folder with -p");
    std::unique_ptr<CompilationDatabase> Commands =
        JSONCompilationDatabase::loadFromFile(Json, Error, JSONCommandLineSyntax::AutoDetect);
    if (!Commands)
      return failure("can't read the compile commands '" + llvm::Twine(Json) + "': " + Error);
    Folder = realFolder(Json);
    return inferTargetAndDriverMode(std::move(Commands));
  }
  llvm::SmallString<256> Here;
  llvm::sys::fs::current_path(Here);
  std::unique_ptr<CompilationDatabase> Commands = CompilationDatabase::autoDetectFromDirectory(Here, Error);
  if (!Commands)
    return failure("no compile_commands.json in '" + llvm::Twine(Here) +
                   "' or above; give the build folder with -p, or the compiler's flags after --");
  for (llvm::StringRef Up = Here; Folder.empty() && !Up.empty(); Up = llvm::sys::path::parent_path(Up))
    Folder = realFolder((Up + "/compile_commands.json").str());
  return Commands;
}

llvm::Expected<Program> loadProgram(llvm::StringRef BuildPath, std::unique_ptr<CompilationDatabase> Fixed,
                                    llvm::ArrayRef<std::string> Paths) {
  Program P;
  if (Fixed) {
    P.Commands = std::move(Fixed);
    P.Whole = false;
    for (const std::string &Path : Paths) {
      P.Files.push_back(absolute(Path));
      if (!llvm::sys::fs::exists(P.Files.back()))
        return failure("no such file: '" + llvm::Twine(Path) + "'");
    }
    if (P.Files.empty())
      return failure("flags are given after --, but no file to check");
  } else {
    llvm::Expected<std::unique_ptr<CompilationDatabase>> Commands = findCommands(BuildPath, P.Folder);
    if (!Commands)
      return Commands.takeError();
    P.Commands = std::move(*Commands);
    std::vector<std::string> All;
    for (const std::string &File : P.Commands->getAllFiles())
      All.push_back(absolute(File));
    if (All.empty())
      return failure("the compile commands name no file; build the project's compile_commands.json first");
    if (Paths.empty())
      P.Files = All;
    for (const std::string &Path : Paths) {
      P.Whole = false;
      std::string Wanted = absolute(Path);
      size_t Before = P.Files.size();
      for (const std::string &File : All)
        if (File == Wanted || llvm::StringRef(File).starts_with(Wanted + "/"))
          P.Files.push_back(File);
      if (P.Files.size() == Before)
        return failure("the compile commands have no entry for '" + llvm::Twine(Path) +
                       "'; build it once, or give the compiler's flags after --");
    }
  }
  std::sort(P.Files.begin(), P.Files.end());
  P.Files.erase(std::unique(P.Files.begin(), P.Files.end()), P.Files.end());
  return P;
}

} // namespace poolguard::cli
