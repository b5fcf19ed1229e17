#include "hosts/tidy/LastFindings.h"

#include <list>
#include <mutex>

#include "llvm/ADT/STLExtras.h"

#include "link/MovedPlaces.h"

namespace poolguard {

namespace {

constexpr size_t MostFiles = 16; // an editor has more open, and edits one or two

struct Kept {
  std::mutex Lock;
  std::list<std::shared_ptr<const Judged>> Files; // the last first
};

Kept &kept() {
  static Kept All;
  return All;
}

std::shared_ptr<const Judged> find(llvm::StringRef MainFile) {
  std::lock_guard<std::mutex> Guard(kept().Lock);
  auto At = llvm::find_if(kept().Files, [&](const auto &File) { return File->Open->MainFile == MainFile; });
  return At == kept().Files.end() ? nullptr : *At;
}

/// A program that is gone is no other's, nor none.
bool same(const std::weak_ptr<const ProgramAround> &A, const std::shared_ptr<const ProgramAround> &B) {
  return !A.owner_before(B) && !B.owner_before(A);
}

bool move(Finding &F, const MovedPlaces &Places) {
  auto Moved = [&](Location &At) {
    std::optional<Location> Now = Places.now(At);
    if (Now)
      At = *Now;
    return Now.has_value();
  };
  return Moved(F.At) && llvm::all_of(F.Path, [&](Note &N) { return Moved(N.At); }) &&
         llvm::all_of(F.Fixes, [&](Edit &E) { return Moved(E.At); });
}

} // namespace

std::shared_ptr<const Judged> judgedBefore(const TuSummary &Open, const std::shared_ptr<const ProgramAround> &Program,
                                           const std::string &Roles) {
  // What other TUs have of a header may name its code by its place.
  if (Program && !Program->hasAlone(Open.MainFile))
    return nullptr;
  std::shared_ptr<const Judged> Before = find(Open.MainFile);
  if (!Before || !same(Before->Program, Program) || Before->Roles != Roles)
    return nullptr;
  std::optional<MovedPlaces> Places = MovedPlaces::between(*Before->Open, Open);
  if (!Places)
    return nullptr;
  auto Out = std::make_shared<Judged>(*Before);
  for (auto &[Check, Findings] : Out->ByCheck)
    if (!llvm::all_of(Findings, [&](Finding &F) { return move(F, *Places); }))
      return nullptr;
  return Out;
}

void keepForNextEdit(std::shared_ptr<const Judged> New) {
  std::lock_guard<std::mutex> Guard(kept().Lock);
  kept().Files.remove_if([&](const auto &File) { return File->Open->MainFile == New->Open->MainFile; });
  kept().Files.push_front(std::move(New));
  if (kept().Files.size() > MostFiles)
    kept().Files.pop_back();
}

} // namespace poolguard
