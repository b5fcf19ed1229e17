//===- NamePattern.cpp - '*' globs over names and paths -------------------===//

#include "model/NamePattern.h"

namespace poolguard {

using llvm::StringRef;

bool matchesPattern(StringRef Pattern, StringRef Name) {
  size_t P = 0, N = 0;
  // Where to go on when the text after the last '*' turns out not to fit: one character further.
  size_t AfterStar = StringRef::npos, RetryAt = 0;
  while (N < Name.size()) {
    if (P < Pattern.size() && Pattern[P] == '*') {
      AfterStar = ++P;
      RetryAt = N;
    } else if (P < Pattern.size() && Pattern[P] == Name[N]) {
      ++P;
      ++N;
    } else if (AfterStar != StringRef::npos) {
      P = AfterStar;
      N = ++RetryAt;
    } else {
      return false;
    }
  }
  return Pattern.drop_front(P).find_first_not_of('*') == StringRef::npos;
}

bool matchesPath(StringRef Pattern, StringRef Path) {
  if (Pattern.ends_with("/") && !Pattern.ends_with("**/"))
    return matchesPath(Pattern.str() + "**", Path);
  while (!Pattern.empty() && Pattern.front() != '*') {
    if (Path.empty() || (Pattern.front() == '?' ? Path.front() == '/' : Pattern.front() != Path.front()))
      return false;
    Pattern = Pattern.drop_front();
    Path = Path.drop_front();
  }
  if (Pattern.empty())
    return Path.empty();
  const bool Crosses = Pattern.consume_front("**");
  if (!Crosses)
    Pattern = Pattern.drop_front();
  else if (StringRef NoFolder = Pattern; NoFolder.consume_front("/") && matchesPath(NoFolder, Path))
    return true;
  for (;;) {
    if (matchesPath(Pattern, Path))
      return true;
    if (Path.empty() || (Path.front() == '/' && !Crosses))
      return false;
    Path = Path.drop_front();
  }
}

StringRef lastComponent(StringRef QualifiedName) {
  // A conversion function's target type may hold '::' of its own.
  size_t Operator = QualifiedName.find("::operator ");
  if (Operator != StringRef::npos)
    return QualifiedName.drop_front(Operator + 2);
  size_t Colons = QualifiedName.rfind("::");
  return Colons == StringRef::npos ? QualifiedName : QualifiedName.drop_front(Colons + 2);
}

} // namespace poolguard
