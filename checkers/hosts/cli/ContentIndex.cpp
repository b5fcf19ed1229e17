#include "hosts/cli/ContentIndex.h"

#include <set>

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include "model/Digest.h"

using namespace llvm;

namespace poolguard::cli {

ContentIndex::ContentIndex() : Began(std::chrono::system_clock::now()) {}

static std::string read(StringRef Path) {
  sys::fs::file_status Status;
  if (sys::fs::status(Path, Status))
    return "-";
  if (Status.type() == sys::fs::file_type::directory_file)
    return "/";
  ErrorOr<std::unique_ptr<MemoryBuffer>> File =
      MemoryBuffer::getFile(Path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  return File ? Digest::of((*File)->getBuffer()) : "?";
}

std::string ContentIndex::state(StringRef Path) {
  Shard &S = shard(Path);
  {
    std::lock_guard<std::mutex> Guard(S.Lock);
    if (auto Known = S.States.find(Path); Known != S.States.end())
      return Known->second;
  }
  std::string State = read(Path); // two threads may both read it; they read the same
  std::lock_guard<std::mutex> Guard(S.Lock);
  return S.States.try_emplace(Path, std::move(State)).first->second;
}

std::string ContentIndex::listing(StringRef Folder) {
  Shard &S = shard(Folder);
  {
    std::lock_guard<std::mutex> Guard(S.Lock);
    if (auto Known = S.Listings.find(Folder); Known != S.Listings.end())
      return Known->second;
  }
  std::set<std::string> Names;
  std::error_code Error;
  for (sys::fs::directory_iterator At(Folder, Error), End; !Error && At != End; At.increment(Error))
    Names.insert(sys::path::filename(At->path()).str());
  Digest Out;
  for (const std::string &Name : Names)
    Out.add(Name);
  std::lock_guard<std::mutex> Guard(S.Lock);
  return S.Listings.try_emplace(Folder, Out.hex()).first->second;
}

bool ContentIndex::changedDuringRun(StringRef Path) const {
  sys::fs::file_status Status;
  return sys::fs::status(Path, Status) || Status.getLastModificationTime() >= Began;
}

} // namespace poolguard::cli
