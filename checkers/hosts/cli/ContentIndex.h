//===- ContentIndex.h - What the files of a run hold ------------*- C++ -*-===//
#pragma once

#include <array>
#include <chrono>
#include <mutex>
#include <string>

#include "llvm/ADT/Hashing.h"
#include "llvm/ADT/StringMap.h"

namespace poolguard::cli {

/// The state of files and folders as digests of their content, each read once a run. Thread-safe. Times and sizes
/// aren't trusted: only the bytes count.
class ContentIndex {
public:
  ContentIndex();

  /// Of a file the digest of its content; of a folder that it is one; of nothing that it is nothing.
  std::string state(llvm::StringRef Path);
  /// A folder's entries by name.
  std::string listing(llvm::StringRef Folder);
  /// Whether the file was written after this run began, so that what was parsed may not be what state() told.
  bool changedDuringRun(llvm::StringRef Path) const;

private:
  struct Shard {
    std::mutex Lock;
    llvm::StringMap<std::string> States, Listings;
  };
  std::array<Shard, 64> Shards;
  std::chrono::system_clock::time_point Began;

  Shard &shard(llvm::StringRef Path) { return Shards[llvm::hash_value(Path) % Shards.size()]; }
};

} // namespace poolguard::cli
