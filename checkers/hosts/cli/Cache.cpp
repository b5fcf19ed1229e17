#include "hosts/cli/Cache.h"

#include <cstdlib>

#include "llvm/Support/CachePruning.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/WithColor.h"

#include "link/Packed.h"
#include "model/Digest.h"

using namespace llvm;

namespace poolguard::cli {

namespace {

/// A path in two parts, since most folders and most names occur again and again.
struct AskedPath {
  std::string Folder, Name;
  bool Listing = false;
};

struct Manifest {
  std::vector<AskedPath> Paths;
};

template <class Archive> void describe(Archive &A, AskedPath &V) {
  auto &[Folder, Name, Listing] = V;
  A("folder", Folder);
  A("name", Name);
  A("listing", Listing);
}

template <class Archive> void describe(Archive &A, Manifest &V) {
  auto &[Paths] = V;
  A("paths", Paths);
}

constexpr PackedKind ManifestKind{"poolguard manifest", 1};
const PathRoot AsTheyAre("");

std::string resultKeyOf(StringRef TuKey, const Manifest &M, ContentIndex &Contents) {
  Digest Out;
  Out.add(TuKey);
  std::string Path;
  for (const AskedPath &Asked : M.Paths) {
    Path = Asked.Folder;
    Path += Asked.Name;
    Out.add(Path).add(Asked.Listing ? Contents.listing(Path) : Contents.state(Path));
  }
  return Out.hex();
}

} // namespace

std::string Cache::defaultFolder() {
  if (std::optional<std::string> Chosen = sys::Process::GetEnv("POOLGUARD_CACHE_DIR"); Chosen && !Chosen->empty())
    return *Chosen;
  SmallString<128> Folder;
  if (!sys::path::cache_directory(Folder))
    return {};
  sys::path::append(Folder, "poolguard");
  return std::string(Folder);
}

// The prefix is what LLVM's pruning recognises.
std::string Cache::path(StringRef Key) const { return (Folder + "/llvmcache-" + Key).str(); }

std::unique_ptr<MemoryBuffer> Cache::get(StringRef Key) const {
  if (!enabled())
    return nullptr;
  // The time of access is the order of pruning.
  Expected<sys::fs::file_t> File = sys::fs::openNativeFileForRead(path(Key), sys::fs::OF_UpdateAtime);
  if (!File) {
    consumeError(File.takeError());
    return nullptr;
  }
  // Volatile, as in commands/Link.cpp: read, not mapped.
  ErrorOr<std::unique_ptr<MemoryBuffer>> Buffer = MemoryBuffer::getOpenFile(
      *File, path(Key), /*FileSize=*/-1, /*RequiresNullTerminator=*/false, /*IsVolatile=*/true);
  sys::fs::closeFile(*File);
  return Buffer ? std::move(*Buffer) : nullptr;
}

bool Cache::has(StringRef Key) const { return enabled() && sys::fs::exists(path(Key)); }

void Cache::put(StringRef Key, function_ref<void(raw_ostream &)> Write) {
  if (!enabled())
    return;
  Error Failed = Error::success();
  if (std::error_code No = sys::fs::create_directories(Folder))
    Failed = errorCodeToError(No);
  else
    // To a file of its own, then renamed: a reader sees all of it or nothing.
    Failed = joinErrors(std::move(Failed), writeToOutput(path(Key), [&](raw_ostream &OS) {
                          Write(OS);
                          return Error::success();
                        }));
  if (Failed)
    std::call_once(Told, [&] {
      WithColor::warning() << "the cache '" << Folder << "' can't be written (" << toString(std::move(Failed))
                           << "); every run parses everything. Give another folder with --cache, or turn it off with "
                              "--no-cache\n";
    });
  consumeError(std::move(Failed));
}

std::optional<std::string> Cache::find(StringRef TuKey, ContentIndex &Contents, std::vector<std::string> *Asked) const {
  std::unique_ptr<MemoryBuffer> File = get(TuKey);
  if (!File)
    return std::nullopt;
  Manifest M;
  PackReader Reader(File->getMemBufferRef(), ManifestKind, AsTheyAre);
  describe(Reader, M);
  if (Error Damaged = Reader.finish()) {
    consumeError(std::move(Damaged)); // as if it weren't there: the parse writes it anew
    return std::nullopt;
  }
  std::string Key = resultKeyOf(TuKey, M, Contents);
  if (!has(Key))
    return std::nullopt;
  if (Asked)
    for (const AskedPath &Path : M.Paths)
      Asked->push_back(Path.Folder + Path.Name);
  return Key;
}

std::optional<std::string> Cache::remember(StringRef TuKey, const RecordingFileSystem &Files, ContentIndex &Contents) {
  for (const std::string &Path : Files.Opened)
    if (Contents.changedDuringRun(Path))
      return std::nullopt;
  Manifest M;
  auto Add = [&](StringRef Path, bool Listing) {
    StringRef Name = sys::path::filename(Path);
    M.Paths.push_back({Path.drop_back(Name.size()).str(), Name.str(), Listing});
  };
  for (const std::string &Path : Files.Asked)
    Add(Path, false);
  for (const std::string &Path : Files.Listed)
    Add(Path, true);
  put(TuKey, [&](raw_ostream &OS) {
    PackWriter Writer(AsTheyAre);
    describe(Writer, M);
    Writer.write(ManifestKind, OS);
  });
  return resultKeyOf(TuKey, M, Contents);
}

Cache::~Cache() {
  if (!enabled() || !sys::fs::exists(Folder))
    return;
  CachePruningPolicy Policy;
  Policy.MaxSizeBytes = MostBytes;
  pruneCache(Folder, Policy);
}

} // namespace poolguard::cli
