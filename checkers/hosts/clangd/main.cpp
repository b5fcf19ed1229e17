//===- main.cpp - clangd with the guards inside ---------------------------===//
//
// Stock clangd can't load clang-tidy plugins (clangd issue 1458), so this is clangd itself, linked with the module of
// hosts/tidy. All of its options and features are there.
//
//===----------------------------------------------------------------------===//

#include <string>
#include <vector>

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringRef.h"

namespace clang::clangd {
/// clangd's own main function. No header of it is shipped.
int clangdMain(int argc, char *argv[]);
} // namespace clang::clangd

int main(int argc, char **argv) {
  std::vector<char *> Arguments(argv, argv + argc);
  // clangd looks for the compiler's headers beside itself; they are where the LLVM is that this was built with.
  std::string Resources = "--resource-dir=" POOLGUARD_RESOURCE_DIR;
  bool Chosen = llvm::any_of(Arguments, [](llvm::StringRef Argument) {
    return Argument.ltrim('-').starts_with("resource-dir");
  });
  if (!Chosen)
    Arguments.insert(Arguments.begin() + 1, Resources.data());
  Arguments.push_back(nullptr);
  return clang::clangd::clangdMain(static_cast<int>(Arguments.size() - 1), Arguments.data());
}
