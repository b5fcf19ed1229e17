#include "hosts/cli/JudgeProgram.h"

#include <mutex>

#include "llvm/Support/Path.h"
#include "llvm/Support/WithColor.h"

#include "hosts/cli/ChangedFiles.h"
#include "hosts/cli/Driver.h"
#include "hosts/cli/EditorProgram.h"
#include "model/Digest.h"

namespace poolguard::cli {

bool reportErrors(llvm::ArrayRef<ConfigError> ConfigErrors, llvm::ArrayRef<std::string> ParseErrors) {
  for (const ConfigError &Error : ConfigErrors) {
    llvm::errs() << Error.File;
    if (Error.Line != 0)
      llvm::errs() << ":" << Error.Line << ":" << Error.Column;
    llvm::errs() << ": ";
    llvm::WithColor::error() << Error.Message << "\n";
  }
  for (const std::string &Error : ParseErrors)
    llvm::WithColor::error() << Error;
  if (!ParseErrors.empty())
    llvm::errs()
        << "poolguard: what doesn't compile can't be judged. Build the project once, for what is generated or not "
           "installed;\npoolguard: or give the files that are to be judged: poolguard check -p BUILD FILE...\n";
  bool Any = !ConfigErrors.empty() || !ParseErrors.empty();
  if (Any)
    llvm::errs() << "poolguard: nothing was judged, because of the errors above\n";
  return Any;
}

/// The name of the judgement in the cache; empty when a summary has none.
static std::string judgementKey(const Summaries &Parsed, llvm::ArrayRef<const Rule *> Rules) {
  Digest Key;
  Key.add("judgement");
  for (const TuResult &Tu : Parsed.Tus) {
    if (Tu.CacheKey.empty())
      return {};
    Key.add(Tu.CacheKey); // holds the tool, the root and the config as well
  }
  Key.add("rules");
  for (const Rule *R : Rules)
    Key.add(R->Name);
  return Key.hex();
}

/// The files whose code may mean something else since `Changed` were changed: those, and all that is read together with
/// one of them. What the project doesn't own is the same as before.
static std::set<std::string> affected(const std::set<std::string> &Changed, const Program &P, const Summaries &Parsed) {
  std::set<std::string> Out = Changed;
  for (size_t I = 0; I < P.Files.size(); ++I) {
    std::vector<std::string> Asked;
    for (const std::string &Path : Parsed.Tus[I].Asked) {
      llvm::SmallString<256> Normal(Path);
      llvm::sys::path::remove_dots(Normal, /*remove_dot_dot=*/true);
      Asked.push_back(std::string(Normal));
    }
    // A source file changes no header that it reads; a header may change what comes after it.
    if (llvm::none_of(Asked, [&](const std::string &Path) { return Path != P.Files[I] && Changed.count(Path); }))
      continue;
    Out.insert(P.Files[I]);
    for (std::string &Path : Asked)
      if (!llvm::StringRef(Path).starts_with("/usr/"))
        Out.insert(std::move(Path));
  }
  return Out;
}

std::optional<JudgedProgram> judgeProgram(const Program &P, llvm::ArrayRef<const Rule *> Rules,
                                          const JudgeOptions &Options, Cache &Store) {
  const PathRoot Root(Options.Root);
  std::optional<std::set<std::string>> Changed;
  if (!Options.ChangedSince.empty()) {
    llvm::Expected<std::set<std::string>> Names = changedSince(Options.ChangedSince, Options.Root);
    if (!Names) {
      llvm::WithColor::error() << llvm::toString(Names.takeError()) << "\n";
      return std::nullopt;
    }
    Changed = std::move(*Names);
  }
  std::mutex Terminal;
  auto Progress = [&](size_t Done) {
    if (!Options.Progress)
      return;
    std::lock_guard<std::mutex> Guard(Terminal);
    llvm::errs() << "\r\033[K" << (Done == P.Files.size() ? "" : "poolguard: ");
    if (Done != P.Files.size())
      llvm::errs() << Done << " of " << P.Files.size() << " files";
  };
  Summaries Parsed = summarize(P, Options.Config, Options.Jobs, Root, Store, Changed.has_value(), Progress);
  if (reportErrors(Parsed.ConfigErrors, Parsed.ParseErrors))
    return std::nullopt;

  if (Changed)
    Changed = affected(*Changed, P, Parsed);
  const EditorProgram ForEditors(P, Options.ForEditors && Store.enabled(), Parsed, Root);

  // What a change can have brought isn't kept: it is asked for once.
  std::string Key = Store.enabled() && !Changed ? judgementKey(Parsed, Rules) : std::string();
  if (!Key.empty() && !ForEditors.outdated())
    if (std::unique_ptr<llvm::MemoryBuffer> File = Store.get(Key)) {
      llvm::Expected<Judgement> Known = readJudgement(File->getMemBufferRef(), Root);
      if (Known)
        return JudgedProgram{std::move(*Known), Parsed.Parsed};
      llvm::consumeError(Known.takeError()); // damaged: made anew below
    }
  const unsigned Anew = Parsed.Parsed;
  llvm::Expected<std::vector<TuSummary>> Tus = load(std::move(Parsed), Options.Jobs, Root, Store);
  if (!Tus) {
    llvm::WithColor::warning() << llvm::toString(Tus.takeError()) << "; parsing everything\n";
    Cache None({}, 0);
    return judgeProgram(P, Rules, Options, None);
  }
  if (ForEditors.outdated())
    ForEditors.leave(*Tus);
  JudgedProgram Out{judge(std::move(*Tus), Rules, Options.Jobs, Changed ? &*Changed : nullptr), Anew};
  if (!Key.empty())
    Store.put(Key, [&](llvm::raw_ostream &OS) { writeJudgement(Out.J, Root, OS); });
  return Out;
}

} // namespace poolguard::cli
