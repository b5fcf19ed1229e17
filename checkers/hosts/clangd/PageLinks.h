//===- PageLinks.h - From a check's name to its page ------------*- C++ -*-===//
//
// clangd links the name of every clang-tidy check to a page of clang.llvm.org, and has no hook to say otherwise. So
// what it writes is read on its way out, and where it publishes diagnostics of ours the link becomes our own page.
//
//===----------------------------------------------------------------------===//
#pragma once

#include <string>
#include <thread>

#include "llvm/ADT/StringRef.h"

namespace poolguard {

/// `Message`, the body of a message of the protocol, with its links to checks of ours leading to `Folder`/NAME.md.
/// Without a folder they are taken out: clangd's lead nowhere.
std::string withPageLinks(llvm::StringRef Message, llvm::StringRef Folder);

/// Standard output of this process, for as long as it lives. What isn't a message passes unchanged.
class PageLinks {
public:
  explicit PageLinks(std::string Folder);
  PageLinks(const PageLinks &) = delete;
  PageLinks &operator=(const PageLinks &) = delete;
  /// Ends when everything has passed.
  ~PageLinks();

private:
  std::string Folder, Waiting;
  int Out = -1, In = -1; // where the output goes, and whence it comes
  std::thread Passing;

  void pass();
  void passMessages();
  void write(llvm::StringRef Text) const;
};

} // namespace poolguard
