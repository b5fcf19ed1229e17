#include "hosts/cli/EditorProgram.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/ToolOutputFile.h"
#include "llvm/Support/WithColor.h"

#include "link/ProgramFile.h"
#include "model/Digest.h"

namespace poolguard::cli {

EditorProgram::EditorProgram(const Program &P, bool Wanted, const Summaries &Parsed, const PathRoot &Root)
    : Root(Root.root()) {
  if (!Wanted || !P.Whole || P.Folder.empty())
    return;
  Path = P.Folder + "/" + ProgramFileName;
  Digest All;
  bool Known = true;
  for (const TuResult &Tu : Parsed.Tus) {
    All.add(Tu.CacheKey); // holds the tool, the root and the config as well
    Known &= !Tu.CacheKey.empty();
    Configs.push_back(Tu.Config);
  }
  if (Known)
    Key = All.hex();
  llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> There =
      llvm::MemoryBuffer::getFile(Path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  Outdated = Key.empty() || !There || programKey((*There)->getMemBufferRef()) != Key;
}

void EditorProgram::leave(llvm::ArrayRef<TuSummary> Tus) const {
  StoredProgram Program{Key, Root, Tus.vec(), Configs};
  dropRepeated(Program);
  const llvm::StringRef Folder = llvm::sys::path::parent_path(Path);
  llvm::Error Failed = llvm::errorCodeToError(llvm::sys::fs::create_directories(Folder));
  if (!Failed)
    Failed = llvm::writeToOutput((Folder + "/.gitignore").str(), [](llvm::raw_ostream &OS) {
      OS << "*\n";
      return llvm::Error::success();
    });
  if (!Failed)
    Failed = llvm::writeToOutput(Path, [&](llvm::raw_ostream &OS) {
      writeProgram(Program, OS);
      return llvm::Error::success();
    });
  if (Failed)
    llvm::WithColor::warning() << "can't write '" << Path << "' (" << llvm::toString(std::move(Failed))
                               << "); in an editor, findings that run through several files stay as they were\n";
}

} // namespace poolguard::cli
