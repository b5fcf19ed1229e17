//===- Cache.h - Results by the content of what made them -------*- C++ -*-===//
//
// Two kinds of entry a TU: under a digest of everything that is known before a parse (file, flags, config, tool) the
// list of paths that its parse asked for; and under a digest of that plus what these paths hold now, the summary. So an
// entry is right or it isn't found. Findings lie under the digests of all summaries and the selection of checks.
//
//===----------------------------------------------------------------------===//
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include "hosts/cli/ContentIndex.h"
#include "hosts/cli/RecordingFileSystem.h"

namespace poolguard::cli {

/// A folder of entries that are written whole or not at all, and never changed. Thread-safe, and safe with any number
/// of processes. A cache that can't be written is told once and then does nothing: it never fails a run.
class Cache {
public:
  /// `Folder` empty: no cache. `MostBytes` bounds its size; the entries used longest ago go first.
  Cache(std::string Folder, uint64_t MostBytes) : Folder(std::move(Folder)), MostBytes(MostBytes) {}
  /// Keeps the bound.
  ~Cache();

  bool enabled() const { return !Folder.empty(); }
  std::unique_ptr<llvm::MemoryBuffer> get(llvm::StringRef Key) const;
  bool has(llvm::StringRef Key) const;
  void put(llvm::StringRef Key, llvm::function_ref<void(llvm::raw_ostream &)> Write);

  /// The key of what a parse gives, if all that it read is as it was: `TuKey` is the digest of what is known before.
  /// Nothing when the TU hasn't been parsed, or a parse now would read something else. `Asked`, unless null, gets the
  /// paths that the parse asked for.
  std::optional<std::string> find(llvm::StringRef TuKey, ContentIndex &Contents, std::vector<std::string> *Asked) const;
  /// Notes what a parse asked for. Returns the result's key; nothing when a file changed while it was parsed.
  std::optional<std::string> remember(llvm::StringRef TuKey, const RecordingFileSystem &Files, ContentIndex &Contents);

  /// $POOLGUARD_CACHE_DIR, or `poolguard` in the user's cache folder.
  static std::string defaultFolder();

private:
  std::string Folder;
  uint64_t MostBytes;
  std::once_flag Told;

  std::string path(llvm::StringRef Key) const;
};

} // namespace poolguard::cli
