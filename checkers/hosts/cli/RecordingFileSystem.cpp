#include "hosts/cli/RecordingFileSystem.h"

namespace poolguard::cli {

std::string RecordingFileSystem::absolute(const llvm::Twine &Path) const {
  llvm::SmallString<256> Out;
  Path.toVector(Out);
  makeAbsolute(Out);
  return std::string(Out);
}

llvm::ErrorOr<llvm::vfs::Status> RecordingFileSystem::status(const llvm::Twine &Path) {
  Asked.insert(absolute(Path));
  return ProxyFileSystem::status(Path);
}

llvm::ErrorOr<std::unique_ptr<llvm::vfs::File>> RecordingFileSystem::openFileForRead(const llvm::Twine &Path) {
  std::string Name = absolute(Path);
  auto File = ProxyFileSystem::openFileForRead(Path);
  if (File)
    Opened.insert(Name);
  Asked.insert(std::move(Name));
  return File;
}

llvm::vfs::directory_iterator RecordingFileSystem::dir_begin(const llvm::Twine &Folder, std::error_code &Error) {
  Listed.insert(absolute(Folder));
  return ProxyFileSystem::dir_begin(Folder, Error);
}

bool RecordingFileSystem::exists(const llvm::Twine &Path) {
  Asked.insert(absolute(Path));
  return ProxyFileSystem::exists(Path);
}

} // namespace poolguard::cli
