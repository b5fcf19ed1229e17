#include "hosts/tidy/ProgramOnDisk.h"

#include <map>
#include <mutex>
#include <set>

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include "hosts/tidy/FileState.h"

namespace poolguard {

namespace {

/// A program as it was read, and how its file was then.
struct Read {
  FileState State;
  std::shared_ptr<const ProgramAround> Program; // null: it can't be used
};

/// The programs that this process has read. Editors build several TUs at once.
class Programs {
public:
  std::shared_ptr<const ProgramAround> get(const std::string &Path, const llvm::sys::fs::file_status &Now) {
    std::lock_guard<std::mutex> Guard(Lock);
    Read &Known = ByPath[Path];
    if (const FileState State(Now); !(Known.State == State))
      Known = {State, read(Path)};
    return Known.Program;
  }

  void tellOnce(const llvm::Twine &Message) {
    std::string Line = ("poolguard: " + Message + "\n").str();
    std::lock_guard<std::mutex> Guard(Telling);
    if (Told.insert(Line).second)
      llvm::errs() << Line;
  }

private:
  std::mutex Lock, Telling;
  std::map<std::string, Read> ByPath;
  std::set<std::string> Told;

  std::shared_ptr<const ProgramAround> read(const std::string &Path) {
    auto Buffer = llvm::MemoryBuffer::getFile(Path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
    llvm::Expected<StoredProgram> Stored =
        Buffer ? readProgram((*Buffer)->getMemBufferRef()) : llvm::errorCodeToError(Buffer.getError());
    if (Stored)
      return std::make_shared<const ProgramAround>(std::move(*Stored));
    tellOnce(llvm::toString(Stored.takeError()) +
             "; until 'poolguard check' writes it anew, findings that run through other files don't show");
    return nullptr;
  }
};

/// In the folder of the file or of its compile command, above them, or in a folder `build` there (where clangd looks
/// for compile commands too).
std::string find(const ProgramSearch &Search, llvm::sys::fs::file_status &Status) {
  auto There = [&](llvm::StringRef Folder, llvm::StringRef Below) -> std::string {
    llvm::SmallString<256> Path(Folder);
    llvm::sys::path::append(Path, Below, ProgramFileName);
    bool Found = !llvm::sys::fs::status(Path, Status) && llvm::sys::fs::is_regular_file(Status);
    return Found ? std::string(Path) : std::string();
  };
  for (llvm::StringRef From : {llvm::sys::path::parent_path(Search.File), llvm::StringRef(Search.WorkingFolder)})
    for (llvm::StringRef Folder = From; !Folder.empty(); Folder = llvm::sys::path::parent_path(Folder))
      for (llvm::StringRef Below : {"", "build"})
        if (std::string Path = There(Folder, Below); !Path.empty())
          return Path;
  return {};
}

} // namespace

std::shared_ptr<const ProgramAround> programAround(const ProgramSearch &Search, llvm::StringRef ConfigDigest) {
  static Programs Known;
  if (Search.Chosen == "none")
    return nullptr;
  llvm::sys::fs::file_status Status;
  std::string Path = Search.Chosen;
  if (Path.empty()) {
    Path = find(Search, Status);
    if (Path.empty()) {
      if (Search.Editor)
        Known.tellOnce("no program of 'poolguard check' for the files built in '" + llvm::Twine(Search.WorkingFolder) +
                       "'; findings that run through other files show after 'poolguard check -p BUILD'");
      return nullptr;
    }
  } else if (std::error_code No = llvm::sys::fs::status(Path, Status)) {
    Known.tellOnce("poolguard.Program: '" + llvm::Twine(Path) + "' can't be read: " + No.message() +
                   "; findings that run through other files don't show");
    return nullptr;
  }
  std::shared_ptr<const ProgramAround> Program = Known.get(Path, Status);
  if (!Program || !Program->has(Search.File))
    return nullptr; // a file that is new, or another project's: it has nothing to do with the program yet
  if (Program->readWith(Search.File, ConfigDigest))
    return Program;
  Known.tellOnce("'" + llvm::Twine(Path) + "' is older than the roles in force for '" + Search.File +
                 "'; until 'poolguard check' is run again, findings that run through other files don't show");
  return nullptr;
}

} // namespace poolguard
