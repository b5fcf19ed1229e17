#include "link/Summary.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"

#include "link/SummaryFile.h"

namespace poolguard {

void Declaration::mergeFrom(const Declaration &Other) {
  Roles.mergeFrom(Other.Roles);
  Defined |= Other.Defined;
  NoThrow |= Other.NoThrow;
  TakesTimeout |= Other.TakesTimeout;
  TakesStopToken |= Other.TakesStopToken;
  if (!At.valid())
    At = Other.At;
  for (const std::string &Base : Other.Overrides)
    if (!llvm::is_contained(Overrides, Base))
      Overrides.push_back(Base);
}

/// Adds those of `Other` that aren't in `Into`.
template <class T, class Same> static void addNew(std::vector<T> &Into, std::vector<T> Other, Same IsSame) {
  for (T &New : Other)
    if (llvm::none_of(Into, [&](const T &Known) { return IsSame(Known, New); }))
      Into.push_back(std::move(New));
}

void TuSummary::mergeFrom(TuSummary Other) {
  llvm::StringMap<std::vector<std::string>> Known; // by USR; most are the same in both
  for (const Function &F : Functions)
    Known[F.Usr].push_back(packed(F));
  for (Function &F : Other.Functions)
    if (!llvm::is_contained(Known[F.Usr], packed(F)))
      Functions.push_back(std::move(F));
  for (auto &[Usr, D] : Other.Declarations)
    if (auto [At, New] = Declarations.try_emplace(Usr, D); !New)
      At->second.mergeFrom(D);
  Globals.merge(Other.Globals);
  auto Equal = [](const auto &A, const auto &B) { return A == B; };
  addNew(FieldBindings, std::move(Other.FieldBindings), Equal);
  addNew(Suppressions, std::move(Other.Suppressions), Equal);
  // One config governs them all; what it has matches where it does in one of them.
  for (auto [Entry, Others] : llvm::zip(Entries, Other.Entries))
    Entry.Matched |= Others.Matched;
}

} // namespace poolguard
