//===- SharedText.h - A text that copies share ------------------*- C++ -*-===//
#pragma once

#include <string>
#include <utility>

#include "llvm/ADT/IntrusiveRefCntPtr.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringRef.h"

namespace poolguard {

/// A constant text as large as a pointer: its copies share one storage, which goes with the last of them. For what a
/// program repeats without end, as paths and USRs: a site has three places in one file. Copies may be used by several
/// threads.
class SharedText {
public:
  SharedText() = default;
  SharedText(llvm::StringRef Text) : Shared(Text.empty() ? nullptr : Storage::make(Text)) {}
  SharedText(const std::string &Text) : SharedText(llvm::StringRef(Text)) {}
  SharedText(const char *Text) : SharedText(llvm::StringRef(Text)) {}
  SharedText(const SharedText &) = default;
  SharedText &operator=(const SharedText &) = default;
  // LLVM's pointer doesn't say that it can't throw: then what grows copies its elements instead of moving them.
  SharedText(SharedText &&From) noexcept : Shared(std::move(From.Shared)) {}
  SharedText &operator=(SharedText &&From) noexcept {
    Shared.swap(From.Shared);
    return *this;
  }

  llvm::StringRef ref() const { return Shared ? Shared->text() : llvm::StringRef(); }
  std::string str() const { return ref().str(); }
  operator llvm::StringRef() const { return ref(); }
  operator std::string() const { return str(); }
  bool empty() const { return !Shared; }
  /// The same for copies of one text, as long as one of them lives.
  const void *storage() const { return Shared.get(); }
  size_t size() const { return ref().size(); }

  friend bool operator==(const SharedText &A, const SharedText &B) {
    return A.Shared == B.Shared || A.ref() == B.ref();
  }
  friend bool operator==(const SharedText &A, llvm::StringRef B) { return A.ref() == B; }
  friend bool operator==(const SharedText &A, const std::string &B) { return A.ref() == B; }
  friend bool operator==(const SharedText &A, const char *B) { return A.ref() == B; }
  friend bool operator<(const SharedText &A, const SharedText &B) { return A.Shared != B.Shared && A.ref() < B.ref(); }
  friend std::string operator+(const SharedText &A, const std::string &B) { return A.str() + B; }
  friend std::string operator+(const SharedText &A, const char *B) { return A.str() + B; }
  friend std::string operator+(const std::string &A, const SharedText &B) { return std::string(A) += B; }
  friend std::string operator+(std::string &&A, const SharedText &B) { return std::move(A += B); }
  friend std::string operator+(const char *A, const SharedText &B) { return std::string(A) += B; }
  friend std::string &operator+=(std::string &A, const SharedText &B) { return A.append(B.ref().data(), B.size()); }

private:
  /// The characters follow it, in one piece of memory.
  class Storage final : public llvm::ThreadSafeRefCountedBase<Storage> {
  public:
    static Storage *make(llvm::StringRef Text) {
      return new (::operator new(sizeof(Storage) + Text.size())) Storage(Text);
    }
    llvm::StringRef text() const { return {reinterpret_cast<const char *>(this + 1), Size}; }
    static void operator delete(void *Memory) { ::operator delete(Memory); }

  private:
    const size_t Size;
    explicit Storage(llvm::StringRef Text) : Size(Text.size()) { llvm::copy(Text, reinterpret_cast<char *>(this + 1)); }
  };
  llvm::IntrusiveRefCntPtr<const Storage> Shared;
};

} // namespace poolguard
