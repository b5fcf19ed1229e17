#include "hosts/cli/Driver.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <map>
#include <mutex>

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/ThreadPool.h"

#include "hosts/cli/Parse.h"
#include "link/SummaryFile.h"
#include "model/Digest.h"

using namespace clang::tooling;

namespace poolguard::cli {

namespace {

std::string configOf(llvm::StringRef File, llvm::StringRef Override) {
  return Override.empty() ? RoleModel::findConfig(File) : Override.str();
}

std::shared_ptr<const RoleModel> modelAt(const std::string &Config, std::vector<ConfigError> &Errors) {
  return Config.empty() ? RoleModel::defaults() : RoleModel::load(Config, Errors);
}

/// One role model a config file, read once however many TUs it governs.
class Models {
public:
  explicit Models(llvm::StringRef Override) : Override(Override.str()) {}

  std::shared_ptr<const RoleModel> forFile(llvm::StringRef File) {
    std::string Config = configOf(File, Override);
    std::lock_guard<std::mutex> Guard(Lock);
    auto [At, New] = Known.try_emplace(Config);
    if (New)
      At->second = modelAt(Config, Errors);
    return At->second;
  }

  std::vector<ConfigError> Errors;

private:
  std::string Override;
  std::mutex Lock;
  std::map<std::string, std::shared_ptr<const RoleModel>> Known;
};

/// Everything that is known of a TU before it is parsed.
std::string tuKey(const CompilationDatabase &Commands, const std::string &File, const RoleModel &Model,
                  const PathRoot &Root) {
  Digest Key;
  Key.add("tu").add(toolDigest()).add(POOLGUARD_RESOURCE_DIR).add(Root.root()).add(File).add(Model.path());
  Key.add(Model.digest());
  for (const CompileCommand &Command : Commands.getCompileCommands(File)) {
    Key.add("command").add(Command.Directory).add(Command.Filename);
    for (const std::string &Argument : Command.CommandLine)
      Key.add(Argument);
  }
  // What the compiler driver takes from the environment.
  for (const char *Name : {"CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH", "SOURCE_DATE_EPOCH"}) {
    const char *Value = std::getenv(Name);
    Key.add(Name).add(Value ? Value : "");
  }
  return Key.hex();
}

} // namespace

std::shared_ptr<const RoleModel> modelOf(llvm::StringRef File, llvm::StringRef Override,
                                         std::vector<ConfigError> &Errors) {
  return modelAt(configOf(File, Override), Errors);
}

const std::string &toolDigest() {
  static const std::string Digest = [] {
    std::string Self = llvm::sys::fs::getMainExecutable(nullptr, nullptr);
    return ContentIndex().state(Self);
  }();
  return Digest;
}

Summaries summarize(const Program &P, llvm::StringRef ConfigPath, unsigned Jobs, const PathRoot &Root, Cache &Store,
                    bool WantAsked, llvm::function_ref<void(size_t)> Progress) {
  struct OneTu {
    TuResult Result;
    std::vector<ConfigError> ConfigErrors;
    std::string ParseError;
  };
  std::vector<OneTu> Tus(P.Files.size());
  Models Known(ConfigPath);
  ContentIndex Contents;
  std::atomic<unsigned> Parsed = 0, Done = 0;
  {
    llvm::DefaultThreadPool Pool(llvm::hardware_concurrency(Jobs));
    for (size_t I = 0; I < P.Files.size(); ++I)
      Pool.async([&, I] {
        OneTu &Tu = Tus[I];
        if (std::shared_ptr<const RoleModel> Model = Known.forFile(P.Files[I])) {
          Tu.Result.Config = Model->digest();
          std::string Key = Store.enabled() ? tuKey(*P.Commands, P.Files[I], *Model, Root) : std::string();
          std::vector<std::string> *Asked = WantAsked ? &Tu.Result.Asked : nullptr;
          if (std::optional<std::string> Hit = Store.enabled() ? Store.find(Key, Contents, Asked) : std::nullopt) {
            Tu.Result.CacheKey = std::move(*Hit);
          } else {
            ++Parsed;
            ParsedTu New = parse(*P.Commands, P.Files[I], *Model, Root);
            Tu.ConfigErrors = std::move(New.ConfigErrors);
            Tu.ParseError = std::move(New.ParseError);
            if (Store.enabled() && Tu.ConfigErrors.empty() && Tu.ParseError.empty())
              if (std::optional<std::string> Result = Store.remember(Key, *New.Files, Contents)) {
                Store.put(*Result, [&](llvm::raw_ostream &OS) { writeSummary(New.Summary, Root, OS); });
                Tu.Result.CacheKey = std::move(*Result);
              }
            Tu.Result.Summary = std::move(New.Summary);
            if (Asked)
              Asked->assign(New.Files->Asked.begin(), New.Files->Asked.end());
          }
          if (Asked)
            Asked->push_back(Model->path().str());
        }
        Progress(++Done);
      });
    Pool.wait();
  }

  Summaries Out;
  Out.Parsed = Parsed;
  Out.ConfigErrors = Known.Errors;
  for (OneTu &Tu : Tus) {
    Out.ConfigErrors.insert(Out.ConfigErrors.end(), Tu.ConfigErrors.begin(), Tu.ConfigErrors.end());
    if (!Tu.ParseError.empty())
      Out.ParseErrors.push_back(std::move(Tu.ParseError));
    Out.Tus.push_back(std::move(Tu.Result));
  }
  auto Key = [](const ConfigError &E) { return std::tie(E.File, E.Line, E.Column, E.Message); };
  std::sort(Out.ConfigErrors.begin(), Out.ConfigErrors.end(),
            [&](const ConfigError &A, const ConfigError &B) { return Key(A) < Key(B); });
  Out.ConfigErrors.erase(std::unique(Out.ConfigErrors.begin(), Out.ConfigErrors.end(),
                                     [&](const ConfigError &A, const ConfigError &B) { return Key(A) == Key(B); }),
                         Out.ConfigErrors.end());
  return Out;
}

llvm::Expected<std::vector<TuSummary>> load(Summaries In, unsigned Jobs, const PathRoot &Root, const Cache &Store) {
  std::vector<TuSummary> Out(In.Tus.size());
  std::mutex Lock;
  llvm::Error Failed = llvm::Error::success();
  {
    llvm::DefaultThreadPool Pool(llvm::hardware_concurrency(Jobs));
    for (size_t I = 0; I < In.Tus.size(); ++I) {
      if (In.Tus[I].Summary) {
        Out[I] = std::move(*In.Tus[I].Summary);
        continue;
      }
      Pool.async([&, I] {
        std::unique_ptr<llvm::MemoryBuffer> File = Store.get(In.Tus[I].CacheKey);
        llvm::Expected<TuSummary> Read =
            File ? readSummary(File->getMemBufferRef(), Root)
                 : llvm::createStringError(llvm::inconvertibleErrorCode(),
                                           "a summary went from the cache while it was read; run again");
        std::lock_guard<std::mutex> Guard(Lock);
        if (Read)
          Out[I] = std::move(*Read);
        else
          Failed = llvm::joinErrors(std::move(Failed), Read.takeError());
      });
    }
    Pool.wait();
  }
  if (Failed)
    return std::move(Failed);
  return Out;
}

} // namespace poolguard::cli
