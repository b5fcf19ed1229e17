#include "link/PathRoot.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Path.h"

using namespace llvm;

namespace poolguard {

std::string PathRoot::stored(StringRef Path) const {
  if (Root.empty() || Path.empty() || !sys::path::is_absolute(Path))
    return Path.str();
  StringRef Below = Path;
  if (Below.consume_front(Root) && (Below.consume_front("/") || Below.empty() || StringRef(Root).ends_with("/")))
    return Below.empty() ? "." : Below.str();
  // Beside it: up to what both have, then down.
  std::string Out;
  StringRef Common = Root;
  while (!Common.empty() && Common != "/") {
    Common = sys::path::parent_path(Common);
    Out += "../";
    Below = Path;
    if (Common != "/" && Below.consume_front(Common) && Below.consume_front("/"))
      return Out + Below.str();
  }
  return Path.str();
}

std::string PathRoot::absolute(StringRef Stored) const {
  if (Root.empty() || Stored.empty() || sys::path::is_absolute(Stored))
    return Stored.str();
  SmallString<256> Path(Root);
  sys::path::append(Path, Stored);
  sys::path::remove_dots(Path, /*remove_dot_dot=*/true);
  return std::string(Path);
}

} // namespace poolguard
