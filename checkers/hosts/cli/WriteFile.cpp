#include "hosts/cli/WriteFile.h"

#include "llvm/Support/Error.h"
#include "llvm/Support/ToolOutputFile.h"
#include "llvm/Support/WithColor.h"

namespace poolguard::cli {

bool writeFile(const std::string &Path, llvm::function_ref<void(llvm::raw_ostream &)> Write) {
  llvm::Error Failed = llvm::writeToOutput(Path, [&](llvm::raw_ostream &OS) {
    Write(OS);
    return llvm::Error::success();
  });
  if (!Failed)
    return true;
  llvm::WithColor::error() << "can't write '" << Path << "': " << llvm::toString(std::move(Failed)) << "\n";
  return false;
}

} // namespace poolguard::cli
