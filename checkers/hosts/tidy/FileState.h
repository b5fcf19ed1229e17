//===- FileState.h - Whether a file is the one that was read ----*- C++ -*-===//
#pragma once

#include "llvm/Support/FileSystem.h"

namespace poolguard {

/// What a file's status says of it. A process that lives long reads it again when this is another.
struct FileState {
  llvm::sys::fs::UniqueID Id;
  llvm::sys::TimePoint<> Changed;
  uint64_t Size = 0;

  FileState() = default;
  explicit FileState(const llvm::sys::fs::file_status &Status)
      : Id(Status.getUniqueID()), Changed(Status.getLastModificationTime()), Size(Status.getSize()) {}
  friend bool operator==(const FileState &A, const FileState &B) {
    return A.Id == B.Id && A.Changed == B.Changed && A.Size == B.Size;
  }
};

} // namespace poolguard
