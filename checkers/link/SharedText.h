//===- SharedText.h - A text that copies share ------------------*- C++ -*-===//
#pragma once

#include <string>
#include <utility>

#include "llvm/ADT/IntrusiveRefCntPtr.h"
#include "llvm/ADT/StringRef.h"

namespace poolguard {

/// A constant text as large as a pointer: its copies share one storage, which goes with the last of them. For what a
/// program repeats without end, as paths and USRs: a site has three places in one file. Copies may be used by several
/// threads.
class SharedText {
public:
  SharedText() = default;
  SharedText(llvm::StringRef Text) : Shared(Text.empty() ? nullptr : new Storage(Text.str())) {}
  SharedText(std::string Text) : Shared(Text.empty() ? nullptr : new Storage(std::move(Text))) {}
  SharedText(const char *Text) : SharedText(llvm::StringRef(Text)) {}

  const std::string &str() const {
    static const std::string Empty;
    return Shared ? Shared->Text : Empty;
  }
  operator const std::string &() const { return str(); }
  operator llvm::StringRef() const { return str(); }
  bool empty() const { return !Shared; }
  /// The same for copies of one text, as long as one of them lives.
  const void *storage() const { return Shared.get(); }
  size_t size() const { return str().size(); }

  friend bool operator==(const SharedText &A, const SharedText &B) {
    return A.Shared == B.Shared || llvm::StringRef(A) == llvm::StringRef(B);
  }
  friend bool operator==(const SharedText &A, llvm::StringRef B) { return llvm::StringRef(A) == B; }
  friend bool operator==(const SharedText &A, const std::string &B) { return A.str() == B; }
  friend bool operator==(const SharedText &A, const char *B) { return A.str() == B; }
  friend bool operator<(const SharedText &A, const SharedText &B) { return A.Shared != B.Shared && A.str() < B.str(); }
  friend std::string operator+(const SharedText &A, const std::string &B) { return A.str() + B; }
  friend std::string operator+(const SharedText &A, const char *B) { return A.str() + B; }
  friend std::string operator+(const std::string &A, const SharedText &B) { return A + B.str(); }
  friend std::string operator+(const char *A, const SharedText &B) { return A + B.str(); }
  friend std::string &operator+=(std::string &A, const SharedText &B) { return A += B.str(); }

private:
  struct Storage : llvm::ThreadSafeRefCountedBase<Storage> {
    explicit Storage(std::string T) : Text(std::move(T)) {}
    const std::string Text;
  };
  llvm::IntrusiveRefCntPtr<const Storage> Shared;
};

} // namespace poolguard
