//===- main.cpp - clangd with the guards inside ---------------------------===//
//
// Stock clangd can't load clang-tidy plugins (clangd issue 1458), so this is clangd itself, linked with the module of
// hosts/tidy. All of its options and features are there.
//
//===----------------------------------------------------------------------===//

#include <string>
#include <vector>

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include "hosts/clangd/PageLinks.h"

namespace clang::clangd {
/// clangd's own main function. No header of it is shipped.
int clangdMain(int argc, char *argv[]);
} // namespace clang::clangd

/// The folder of the checks' pages: where they are installed, or the sources' own. Empty when they are gone.
static std::string pages(const char *Argv0) {
  void *Here = reinterpret_cast<void *>(reinterpret_cast<intptr_t>(pages));
  llvm::SmallString<256> Installed(llvm::sys::path::parent_path(llvm::sys::fs::getMainExecutable(Argv0, Here)));
  llvm::sys::path::append(Installed, POOLGUARD_INSTALLED_PAGES);
  llvm::sys::path::remove_dots(Installed, /*remove_dot_dot=*/true);
  for (llvm::StringRef Folder : {llvm::StringRef(Installed), llvm::StringRef(POOLGUARD_SOURCE_PAGES)})
    if (llvm::sys::fs::is_directory(Folder))
      return Folder.str();
  return {};
}

int main(int argc, char **argv) {
  // Static, and first: some options of clangd end the process, and what it has written must pass even so.
  static poolguard::PageLinks Links(pages(argv[0]));
  std::vector<char *> Arguments(argv, argv + argc);
  // clangd looks for the compiler's headers beside itself; they are where the LLVM is that this was built with.
  std::string Resources = "--resource-dir=" POOLGUARD_RESOURCE_DIR;
  bool Chosen =
      llvm::any_of(Arguments, [](llvm::StringRef Argument) { return Argument.ltrim('-').starts_with("resource-dir"); });
  if (!Chosen)
    Arguments.insert(Arguments.begin() + 1, Resources.data());
  Arguments.push_back(nullptr);
  return clang::clangd::clangdMain(static_cast<int>(Arguments.size() - 1), Arguments.data());
}
