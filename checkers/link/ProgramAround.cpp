#include "link/ProgramAround.h"

#include <set>

namespace poolguard {

ProgramAround::ProgramAround(StoredProgram Stored) : Root(std::move(Stored.Root)) {
  for (unsigned I = 0; I < Stored.Tus.size(); ++I) {
    const TuSummary &Tu = Stored.Tus[I];
    Configs[Tu.MainFile] = Stored.Configs[I];
    AllConfigs.insert(Stored.Configs[I]);
    CodeIn[Tu.MainFile].push_back(I);
    for (const Function &F : Tu.Functions)
      if (std::vector<unsigned> &Known = CodeIn[F.At.File]; Known.empty() || Known.back() != I)
        Known.push_back(I);
  }
  for (TuSummary &Tu : Stored.Tus)
    Tus.push_back(std::make_shared<const TuSummary>(std::move(Tu)));
}

bool ProgramAround::readWith(llvm::StringRef File, llvm::StringRef ConfigDigest) const {
  auto Own = Configs.find(File);
  return Own == Configs.end() ? AllConfigs.contains(ConfigDigest) : Own->second == ConfigDigest;
}

/// `Tu` without the code of the file that `Open` is of. What has no place (roles, constants, what is stored in fields)
/// goes only where `Open` says it anew: an editor reads no header's bodies, so `Open` may say less than the TU did.
static TuSummary without(const TuSummary &Tu, const TuSummary &Open) {
  TuSummary Out = Tu;
  std::erase_if(Out.Functions, [&](const Function &F) { return F.At.File == Open.MainFile; });
  if (Tu.MainFile != Open.MainFile)
    return Out;
  for (const auto &[Usr, D] : Open.Declarations)
    Out.Declarations.erase(Usr);
  for (const auto &[Usr, V] : Open.Globals)
    Out.Globals.erase(Usr);
  std::set<llvm::StringRef> Bound;
  for (const auto &[Usr, V] : Open.FieldBindings)
    Bound.insert(Usr);
  std::erase_if(Out.FieldBindings, [&](const auto &Binding) { return Bound.count(Binding.first) != 0; });
  return Out;
}

bool ProgramAround::hasAlone(llvm::StringRef File) const {
  auto Code = CodeIn.find(File);
  return Code != CodeIn.end() && Code->second.size() == 1 && Configs.contains(File);
}

SharedSummaries ProgramAround::with(std::shared_ptr<const TuSummary> Open) const {
  SharedSummaries Out = Tus;
  if (auto Affected = CodeIn.find(Open->MainFile); Affected != CodeIn.end())
    for (unsigned I : Affected->second)
      Out[I] = std::make_shared<const TuSummary>(without(*Tus[I], *Open));
  Out.push_back(std::move(Open));
  return Out;
}

} // namespace poolguard
