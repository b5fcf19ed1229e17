//===- RecordingFileSystem.h - What a parse depends on ----------*- C++ -*-===//
#pragma once

#include <set>
#include <string>

#include "llvm/Support/VirtualFileSystem.h"

namespace poolguard::cli {

/// The real file system, with a note of every path that was asked for. What wasn't there is noted too: a header that
/// appears earlier on the search path changes the parse. For one TU on one thread.
class RecordingFileSystem : public llvm::vfs::ProxyFileSystem {
public:
  RecordingFileSystem() : ProxyFileSystem(llvm::vfs::createPhysicalFileSystem()) {}

  llvm::ErrorOr<llvm::vfs::Status> status(const llvm::Twine &Path) override;
  llvm::ErrorOr<std::unique_ptr<llvm::vfs::File>> openFileForRead(const llvm::Twine &Path) override;
  llvm::vfs::directory_iterator dir_begin(const llvm::Twine &Folder, std::error_code &Error) override;
  bool exists(const llvm::Twine &Path) override;

  /// Absolute, as they were asked for (not normalised: `..` after a link matters).
  std::set<std::string> Asked;  // whatever was there, or wasn't
  std::set<std::string> Opened; // files that were read
  std::set<std::string> Listed; // folders whose entries were read

private:
  std::string absolute(const llvm::Twine &Path) const;
};

} // namespace poolguard::cli
