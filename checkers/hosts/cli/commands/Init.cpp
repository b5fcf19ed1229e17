//===- Init.cpp - The files that put the guards into a project ------------===//
//
// Each file is explained in the file itself. What is there already is never written over unless somebody says so.
//
//===----------------------------------------------------------------------===//

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/LineIterator.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/WithColor.h"

#include <iostream>
#include <set>

#include "LlvmVersion.h"
#include "hosts/cli/WriteFile.h"
#include "hosts/cli/commands/Options.h"
#include "hosts/cli/commands/ProjectFiles.h"

namespace cl = llvm::cl;

namespace poolguard::cli {

namespace {

cl::opt<std::string> Ci("ci", cl::desc("github, gitlab or none (default: what the project has)"),
                        cl::value_desc("FORGE"), cl::sub(initSubCommand()), cl::cat(optionCategory()));
cl::opt<bool> Force("force", cl::desc("Write over files that are there, without asking"), cl::sub(initSubCommand()),
                    cl::cat(optionCategory()));

/// A library that has a preset, and what a source file that uses it includes.
struct KnownLibrary {
  llvm::StringRef Preset, Include;
};
constexpr KnownLibrary Libraries[] = {
    {"libpqxx", "pqxx/"},
    {"libpq", "libpq-fe.h"},
    {"userver", "userver/storages/postgres"},
    {"drogon", "drogon/orm/"},
    {"soci", "soci/"},
    {"taopq", "tao/pq"},
    {"qtsql", "QSql"},
    {"poolguard-runtime", "poolguard/"},
};

std::string join(llvm::StringRef Folder, llvm::StringRef Name) {
  llvm::SmallString<256> Path(Folder);
  llvm::sys::path::append(Path, Name);
  return std::string(Path);
}

/// The build folder, relative to the root: one with compile commands, the shortest name first.
std::string findBuildFolder(llvm::StringRef Root) {
  std::set<std::pair<size_t, std::string>> Found;
  std::error_code Error;
  auto Look = [&](llvm::StringRef Folder) {
    if (llvm::sys::fs::exists(join(Folder, "compile_commands.json")))
      Found.insert({Folder.size(), PathRoot(Root).stored(Folder)});
  };
  Look(Root);
  for (llvm::sys::fs::directory_iterator At(Root, Error), End; !Error && At != End; At.increment(Error)) {
    if (!llvm::sys::fs::is_directory(At->path()))
      continue;
    Look(At->path());
    std::error_code Inner;
    for (llvm::sys::fs::directory_iterator Sub(At->path(), Inner), SubEnd; !Inner && Sub != SubEnd;
         Sub.increment(Inner))
      if (llvm::sys::fs::is_directory(Sub->path()))
        Look(Sub->path());
  }
  return Found.empty() ? std::string() : Found.begin()->second;
}

bool isCode(llvm::StringRef Path) {
  return StringSwitch<bool>(llvm::sys::path::extension(Path))
      .Cases({".c", ".cc", ".cpp", ".cxx", ".C"}, true)
      .Cases({".h", ".hh", ".hpp", ".hxx", ".ipp", ".inl"}, true)
      .Default(false);
}

/// The project's own code: what the compile commands name, and the headers and sources below the root. Not what is
/// hidden, and not what a build made or fetched.
std::vector<std::string> ownCode(const Program &P, llvm::StringRef Root) {
  std::vector<std::string> Out = P.Files;
  std::error_code Error;
  llvm::sys::fs::recursive_directory_iterator At(Root, Error, /*follow_symlinks=*/false), End;
  for (; !Error && At != End; At.increment(Error)) {
    if (At->type() == llvm::sys::fs::file_type::directory_file) {
      if (llvm::sys::path::filename(At->path()).starts_with(".") ||
          llvm::sys::fs::exists(join(At->path(), "CMakeCache.txt")) ||
          llvm::sys::fs::exists(join(At->path(), "compile_commands.json")))
        At.no_push();
    } else if (isCode(At->path())) {
      Out.push_back(At->path());
    }
  }
  return Out;
}

/// The presets of the libraries that the project's code includes, with `std`, which every program uses.
std::vector<std::string> findPresets(const Program &P, llvm::StringRef Root) {
  std::set<llvm::StringRef> Used;
  for (const std::string &File : ownCode(P, Root)) {
    auto Buffer = llvm::MemoryBuffer::getFile(File);
    if (!Buffer)
      continue;
    for (llvm::line_iterator Line(**Buffer); !Line.is_at_end(); ++Line) {
      llvm::StringRef Text = Line->trim();
      if (!Text.consume_front("#") || !Text.ltrim().starts_with("include"))
        continue;
      for (const KnownLibrary &L : Libraries)
        if (Text.contains(L.Include))
          Used.insert(L.Preset);
    }
  }
  std::vector<std::string> Out;
  for (const KnownLibrary &L : Libraries)
    if (Used.count(L.Preset))
      Out.push_back(L.Preset.str());
  Out.push_back("std");
  return Out;
}

/// The folder that CMake configured the build folder from, relative to the root.
std::string sourceFolder(llvm::StringRef Root, llvm::StringRef Build) {
  auto Buffer = llvm::MemoryBuffer::getFile(join(join(Root, Build), "CMakeCache.txt"));
  if (Buffer)
    for (llvm::line_iterator Line(**Buffer); !Line.is_at_end(); ++Line)
      if (llvm::StringRef Text = *Line; Text.consume_front("CMAKE_HOME_DIRECTORY:INTERNAL="))
        return PathRoot(Root).stored(Text);
  return ".";
}

std::string listed(llvm::ArrayRef<std::string> Names) {
  std::string Out;
  for (const std::string &Name : Names)
    Out += (Out.empty() ? "" : ", ") + Name;
  return Out;
}

/// What says which lane the connections of the program have: without it no check knows that a pooler is there.
std::string laneOfConnections(llvm::ArrayRef<std::string> Presets) {
  std::string Out =
      "# Where all connections of the program go through the pooler; else give the lane to what makes them.\n";
  if (llvm::is_contained(Presets, "libpqxx"))
    Out += "#types:\n#  - {name: \"pqxx::*connection*\", lane: transaction}\n";
  else
    Out += "#types:\n#  - {name: app::PooledConnection, lane: transaction}\n";
  return Out;
}

std::string roleConfig(llvm::ArrayRef<std::string> Presets) {
  return "# What the guards know of this program. Every key: docs/roles.md of Poolguard; 'poolguard doctor' says which "
         "check\n"
         "# still has nothing to look at.\n"
         "version: 1\n"
         "# The libraries whose functions are known. 'std' has threads, futures and sleeps.\n"
         "presets: [" +
         listed(Presets) +
         "]\n"
         "# Your own wrappers, and the tables that hold leases (job locks). Take the '#' away and put your names in.\n"
         "#functions:\n"
         "#  - name: app::Db::execute               # runs SQL through the transaction-mode pool; argument 0 is the "
         "text\n"
         "#    executes: {lane: transaction, sql: 0, direct: execute_direct}\n"
         "#  - name: app::Db::execute_direct        # the same on a direct session\n"
         "#    executes: {lane: session, sql: 0}\n"
         "#  - name: app::with_retry                # calls argument 0 again when it fails\n"
         "#    runs: {argument: 0, in: retry, attempts: 3}\n" +
         laneOfConnections(Presets) +
         "#leases:\n"
         "#  - {table: jobs, state: status, epoch: lock_epoch, expires: lock_until}\n";
}

std::string clangTidy() {
  return "# clang-tidy-" + std::to_string(LLVM_VERSION_MAJOR) +
         " -load=libpoolguard-tidy.so knows these checks; without the plugin the pattern matches nothing.\n"
         "Checks: 'poolguard-*'\n";
}

std::string clangd(llvm::StringRef Build) {
  return ("# poolguard-clangd shows the guards while you type; another clangd ignores what it doesn't know.\n"
          "CompileFlags:\n"
          "  CompilationDatabase: " +
          (Build.empty() ? "build" : Build) +
          "\n"
          "Diagnostics:\n"
          "  ClangTidy:\n"
          "    Add: ['poolguard-*']\n"
          "    # clangd leaves out checks that it has no measure of, unless told otherwise.\n"
          "    FastCheckFilter: None\n")
      .str();
}

constexpr llvm::StringRef VsCodeSettings =
    "// The guards while you type, by the clangd extension (llvm-vs-code-extensions.vscode-clangd).\n"
    "{\n"
    "  \"clangd.path\": \"poolguard-clangd\",\n"
    "  // Two language servers for C++ would report everything twice; of Microsoft's extension the debugger stays.\n"
    "  \"C_Cpp.intelliSenseEngine\": \"disabled\"\n"
    "}\n";

constexpr llvm::StringRef VsCodeExtensions = "// VS Code offers these to whoever opens the folder.\n"
                                             "{\n"
                                             "  \"recommendations\": [\"llvm-vs-code-extensions.vscode-clangd\"]\n"
                                             "}\n";

constexpr llvm::StringRef Neovim =
    "-- The guards while you type: Neovim reads this when 'exrc' is set and you have trusted it (:help exrc).\n"
    "local command = { 'poolguard-clangd' }\n"
    "if vim.lsp.config then -- Neovim 0.11 and later\n"
    "  vim.lsp.config('clangd', {\n"
    "    cmd = command,\n"
    "    filetypes = { 'c', 'cpp' },\n"
    "    root_markers = { '.clangd', '.poolguard.yaml', '.git' },\n"
    "  })\n"
    "  vim.lsp.enable('clangd')\n"
    "else\n"
    "  vim.api.nvim_create_autocmd('FileType', {\n"
    "    pattern = { 'c', 'cpp' },\n"
    "    callback = function()\n"
    "      vim.lsp.start({ name = 'clangd', cmd = command, root_dir = vim.fn.getcwd() })\n"
    "    end,\n"
    "  })\n"
    "end\n";

/// The option for the baseline, where there is one.
std::string withBaseline(llvm::StringRef Root) {
  return llvm::sys::fs::exists(join(Root, DefaultBaseline)) ? (" --baseline " + DefaultBaseline).str() : std::string();
}

std::string preCommit(llvm::StringRef Root, llvm::StringRef Build) {
  return ("# Checks what a commit changes, and by the call graph what that can break elsewhere. Needs 'poolguard' on "
          "the\n"
          "# PATH and the build folder's compile commands. Install it once with 'pre-commit install'.\n"
          "repos:\n"
          "  - repo: local\n"
          "    hooks:\n"
          "      - id: poolguard\n"
          "        name: poolguard\n"
          "        entry: poolguard check --changed-since HEAD -p " +
          (Build.empty() ? "build" : Build) + withBaseline(Root) +
          "\n"
          "        language: system\n"
          "        pass_filenames: false\n"
          "        files: '(\\.(c|cc|cpp|cxx|h|hh|hpp|hxx|ipp|inl)|\\.poolguard\\.yaml)$'\n")
      .str();
}

/// What the CI does after everything is installed: a command a line.
struct Steps {
  std::string Configure, Check;
};

Steps stepsOf(llvm::StringRef Root, llvm::StringRef Source) {
  return {"cmake -S " + Source.str() + " -B build -G Ninja -DCMAKE_EXPORT_COMPILE_COMMANDS=ON",
          "poolguard check -p build" + withBaseline(Root)};
}

constexpr llvm::StringRef AboutCheck = "# After 'poolguard baseline': --baseline .poolguard-baseline.yaml. Once "
                                       "'poolguard doctor' shows no vacuous check that\n"
                                       "# you want to have: --vacuous-is-error, so that no check is lost unseen.\n";

std::string github(const Steps &Do) {
  std::string Out = "# The guards over the whole program. Findings show in the pull request.\n"
                    "# POOLGUARD_DEB_URL (a repository variable) says where Poolguard's .deb is.\n" +
                    AboutCheck.str() +
                    "name: poolguard\n"
                    "on: [push, pull_request]\n"
                    "permissions:\n"
                    "  contents: read\n"
                    "jobs:\n"
                    "  poolguard:\n"
                    "    runs-on: ubuntu-latest\n"
                    "    container: debian:trixie\n"
                    "    steps:\n"
                    "      - run: apt-get update && apt-get install -y --no-install-recommends ca-certificates cmake "
                    "curl g++ git ninja-build\n"
                    "      - uses: actions/checkout@v4\n"
                    "      - name: Install Poolguard\n"
                    "        run: |\n"
                    "          curl -fsSL -o /tmp/poolguard.deb \"${{ vars.POOLGUARD_DEB_URL }}\"\n"
                    "          apt-get install -y /tmp/poolguard.deb\n"
                    "      # Install the project's own dependencies here.\n";
  Out += "      - run: " + Do.Configure + "\n";
  Out += "      - run: " + Do.Check + " --format github\n";
  return Out;
}

std::string gitlab(const Steps &Do) {
  std::string Out = "# The guards over the whole program. Include it from .gitlab-ci.yml:\n"
                    "#   include: [{local: .gitlab/poolguard.yml}]\n"
                    "# POOLGUARD_DEB_URL (a CI variable) says where Poolguard's .deb is.\n" +
                    AboutCheck.str() +
                    "poolguard:\n"
                    "  image: debian:trixie\n"
                    "  script:\n"
                    "    - apt-get update && apt-get install -y --no-install-recommends ca-certificates cmake curl g++ "
                    "git ninja-build\n"
                    "    - curl -fsSL -o /tmp/poolguard.deb \"$POOLGUARD_DEB_URL\"\n"
                    "    - apt-get install -y /tmp/poolguard.deb\n"
                    "    # Install the project's own dependencies here.\n";
  Out += "    - " + Do.Configure + "\n";
  Out += "    - " + Do.Check + " --format gitlab -o gl-code-quality-report.json\n";
  Out += "  artifacts:\n"
         "    when: always\n"
         "    reports:\n"
         "      codequality: gl-code-quality-report.json\n";
  return Out;
}

/// Whether a file may be written over. Without a terminal nobody can be asked, and it stays.
bool mayReplace(const std::string &Shown) {
  if (Force)
    return true;
  if (!llvm::sys::Process::StandardInIsUserInput()) {
    llvm::outs() << "kept      " << Shown << "  (it is there already; --force writes over it)\n";
    return false;
  }
  llvm::outs() << Shown << " is there already. Write over it? [y/N] ";
  llvm::outs().flush();
  std::string Answer;
  std::getline(std::cin, Answer);
  if (Answer == "y" || Answer == "Y" || Answer == "yes")
    return true;
  llvm::outs() << "kept      " << Shown << "\n";
  return false;
}

/// False when it can't be written.
bool place(const std::string &Root, const std::string &Name, llvm::StringRef Text, llvm::StringRef What) {
  const std::string Path = join(Root, Name);
  if (auto Old = llvm::MemoryBuffer::getFile(Path)) {
    if ((*Old)->getBuffer() == Text) {
      llvm::outs() << "unchanged " << Name << "\n";
      return true;
    }
    if (!mayReplace(Name))
      return true;
  }
  if (std::error_code NoFolder = llvm::sys::fs::create_directories(llvm::sys::path::parent_path(Path))) {
    llvm::WithColor::error() << "can't write '" << Path << "': " << NoFolder.message() << "\n";
    return false;
  }
  if (!writeFile(Path, [&](llvm::raw_ostream &OS) { OS << Text; }))
    return false;
  llvm::outs() << "wrote     " << Name << "  " << What << "\n";
  return true;
}

} // namespace

static int run(FixedCommands) {
  const std::string Root = rootFolder();
  if (!Ci.empty() && Ci != "github" && Ci != "gitlab" && Ci != "none") {
    llvm::WithColor::error() << "--ci: '" << Ci << "' is not one of github, gitlab, none\n";
    return CouldNot;
  }
  const std::string Build = findBuildFolder(Root);
  std::vector<std::string> Presets{"libpqxx", "libpq", "std"};
  if (Build.empty()) {
    llvm::outs()
        << "No compile_commands.json here or in a folder below: the libraries are guessed. Configure the build with\n"
           "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON; poolguard reads the flags from it.\n\n";
  } else {
    llvm::Expected<Program> P = loadProgram(join(Root, Build), nullptr, {});
    if (!P) {
      llvm::WithColor::error() << llvm::toString(P.takeError()) << "\n";
      return CouldNot;
    }
    Presets = findPresets(*P, Root);
    llvm::outs() << "Found " << P->Files.size() << (P->Files.size() == 1 ? " source file" : " source files")
                 << " by the compile commands in '" << Build << "', with " << listed(Presets) << ".\n\n";
  }
  bool Github = Ci == "github" || (Ci.empty() && llvm::sys::fs::exists(join(Root, ".github")));
  bool Gitlab = Ci == "gitlab" || (Ci.empty() && llvm::sys::fs::exists(join(Root, ".gitlab-ci.yml")));
  const Steps Do = stepsOf(Root, sourceFolder(Root, Build));
  bool Ok = place(Root, ".poolguard.yaml", roleConfig(Presets), "the roles: what the guards know of your functions") &&
            place(Root, ".clang-tidy", clangTidy(), "the checks in clang-tidy with the plugin loaded") &&
            place(Root, ".clangd", clangd(Build), "the checks in the editor, with poolguard-clangd") &&
            place(Root, ".vscode/settings.json", VsCodeSettings, "poolguard-clangd in VS Code") &&
            place(Root, ".vscode/extensions.json", VsCodeExtensions, "the extension that it needs") &&
            place(Root, ".nvim.lua", Neovim, "poolguard-clangd in Neovim") &&
            place(Root, PreCommitFile.str(), preCommit(Root, Build), "a check of each commit") &&
            (!Github || place(Root, GithubFile.str(), github(Do), "a stage of the CI")) &&
            (!Gitlab || place(Root, GitlabFile.str(), gitlab(Do), "a stage of the CI; include it in .gitlab-ci.yml"));
  if (!Ok)
    return CouldNot;
  const std::string BuildShown = Build.empty() ? "build" : Build;
  llvm::outs() << "\nNext:\n"
                  "  poolguard doctor -p "
               << BuildShown
               << "     what each check looks at; give your own functions their roles until none is vacuous\n"
                  "  poolguard check -p "
               << BuildShown
               << "      the findings\n"
                  "  poolguard baseline -p "
               << BuildShown << "   if there are too many to mend today; give --baseline to the CI and the hook then\n";
  return Clean;
}

const Command InitCommand{&initSubCommand(), run};

} // namespace poolguard::cli
