#include "hosts/cli/Selection.h"

#include <set>

#include "llvm/Support/GlobPattern.h"

#include "rules/CheckNames.h"

namespace poolguard::cli {

static llvm::Error failure(const llvm::Twine &What) {
  std::string Names;
  for (const CheckInfo &Info : checkInfos())
    Names += (" " + Info.Name).str();
  return llvm::createStringError(llvm::inconvertibleErrorCode(), What + "; the checks are:" + Names);
}

llvm::Expected<std::vector<const Rule *>> selectRules(llvm::StringRef Patterns) {
  std::set<llvm::StringRef> Chosen;
  llvm::SmallVector<llvm::StringRef, 8> Parts;
  Patterns.split(Parts, ',', -1, /*KeepEmpty=*/false);
  if (Parts.empty() || Parts.front().trim().starts_with("-"))
    for (const CheckInfo &Info : checkInfos())
      if (Info.Level <= 1)
        Chosen.insert(Info.Name);
  for (llvm::StringRef Part : Parts) {
    Part = Part.trim();
    llvm::StringRef Name = Part;
    bool Remove = Name.consume_front("-");
    Name.consume_front("poolguard-");
    llvm::Expected<llvm::GlobPattern> Glob = llvm::GlobPattern::create(Name);
    if (!Glob)
      return failure("--checks: '" + Part + "' is no glob (" + llvm::toString(Glob.takeError()) + ")");
    bool Any = false;
    for (const CheckInfo &Info : checkInfos()) {
      if (!Glob->match(Info.Name))
        continue;
      Any = true;
      if (Remove)
        Chosen.erase(Info.Name);
      else
        Chosen.insert(Info.Name);
    }
    if (!Any)
      return failure("--checks: no check matches '" + Part.ltrim('-') + "'");
  }
  std::vector<const Rule *> Rules;
  for (const Rule &R : allRules())
    if (Chosen.count(R.Name))
      Rules.push_back(&R);
  if (Rules.empty())
    return failure("--checks leaves no check to run");
  return Rules;
}

} // namespace poolguard::cli
