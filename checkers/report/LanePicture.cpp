#include "report/LanePicture.h"

#include <algorithm>
#include <map>
#include <set>

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Path.h"

namespace poolguard {

using llvm::StringRef;

llvm::ArrayRef<Lane> laneOrder() {
  static constexpr Lane Order[] = {Lane::Session, Lane::Transaction, Lane::Tx, Lane::Unknown};
  return Order;
}

StringRef laneTitle(Lane L) {
  switch (L) {
  case Lane::Session: return "session lane";
  case Lane::Transaction: return "transaction lane";
  case Lane::Tx: return "open transaction";
  case Lane::Connection:
  case Lane::Unknown: break;
  }
  return "unknown lane";
}

namespace {

/// `a::B<c::d>::e(f::g)` -> {a, B<c::d>, e(f::g)}.
std::vector<std::string> parts(StringRef Name) {
  std::vector<std::string> Out(1);
  unsigned Depth = 0;
  for (size_t I = 0; I < Name.size(); ++I) {
    char C = Name[I];
    if (C == '<' || C == '(')
      ++Depth;
    else if ((C == '>' || C == ')') && Depth != 0)
      --Depth;
    if (Depth == 0 && Name.substr(I).starts_with("::")) {
      Out.emplace_back();
      ++I;
    } else {
      Out.back() += C;
    }
  }
  return Out;
}

std::string join(llvm::ArrayRef<std::string> Parts, StringRef Separator) {
  std::string Out;
  for (const std::string &P : Parts)
    Out += (Out.empty() ? "" : Separator.str()) + P;
  return Out;
}

/// The names of the groups that functions are put in, finest first.
using Grouping = std::vector<std::string>;

std::vector<Grouping> groupings(const LaneMap &Map, llvm::function_ref<std::string(StringRef)> FileName) {
  std::vector<std::vector<std::string>> Scopes, Folders;
  std::vector<std::string> Files;
  size_t Deepest = 0, DeepestFolder = 0;
  for (const LaneMap::Function &F : Map.Functions) {
    Scopes.push_back(parts(F.Name));
    Scopes.back().pop_back();
    Deepest = std::max(Deepest, Scopes.back().size());
    Files.push_back(FileName(F.At.File));
    Folders.emplace_back();
    for (StringRef Part : llvm::make_range(llvm::sys::path::begin(llvm::sys::path::parent_path(Files.back())),
                                           llvm::sys::path::end(llvm::sys::path::parent_path(Files.back()))))
      Folders.back().push_back(Part.str());
    DeepestFolder = std::max(DeepestFolder, Folders.back().size());
  }
  std::vector<Grouping> Out;
  for (size_t Depth = Deepest; Depth > 0; --Depth) {
    Grouping One;
    for (size_t F = 0; F < Map.Functions.size(); ++F) {
      llvm::ArrayRef<std::string> Scope = Scopes[F];
      // What is in no class or namespace goes with its file.
      One.push_back(Scope.empty() ? Files[F] : join(Scope.take_front(Depth), "::"));
    }
    Out.push_back(std::move(One));
  }
  Out.push_back(Files);
  for (size_t Depth = DeepestFolder; Depth > 0; --Depth) {
    Grouping One;
    for (size_t F = 0; F < Map.Functions.size(); ++F)
      One.push_back(Folders[F].empty() ? "./" : join(llvm::ArrayRef(Folders[F]).take_front(Depth), "/") + "/");
    Out.push_back(std::move(One));
  }
  Out.emplace_back(Map.Functions.size(), "the whole program");
  return Out;
}

/// The finest grouping that is few enough; of no use when there are few enough functions.
Grouping chosen(std::vector<Grouping> All, size_t MaxBoxes) {
  for (Grouping &One : All)
    if (std::set<std::string>(One.begin(), One.end()).size() <= MaxBoxes)
      return std::move(One);
  return std::move(All.back());
}

} // namespace

LanePicture lanePicture(const LaneMap &Map, size_t MaxBoxes, llvm::function_ref<std::string(StringRef)> FileName) {
  LanePicture Out;
  std::vector<size_t> BoxOf(Map.Functions.size());
  auto Single = [&](size_t F) {
    std::vector<std::string> Parts = parts(Map.Functions[F].Name);
    LanePicture::Box B;
    B.Title = Parts.back();
    B.Scope = join(llvm::ArrayRef(Parts).drop_back(), "::");
    return B;
  };
  if (Map.Functions.size() <= MaxBoxes) {
    for (size_t F = 0; F < Map.Functions.size(); ++F) {
      BoxOf[F] = F;
      Out.Boxes.push_back(Single(F));
    }
  } else {
    Grouping Groups = chosen(groupings(Map, FileName), MaxBoxes);
    std::map<std::string, std::vector<size_t>> Members;
    for (size_t F = 0; F < Map.Functions.size(); ++F)
      Members[Groups[F]].push_back(F);
    for (const auto &[Name, In] : Members) {
      for (size_t F : In)
        BoxOf[F] = Out.Boxes.size();
      if (In.size() == 1) {
        Out.Boxes.push_back(Single(In.front()));
        continue;
      }
      LanePicture::Box B;
      B.Title = Name;
      Out.Boxes.push_back(std::move(B));
    }
  }
  for (size_t F = 0; F < Map.Functions.size(); ++F) {
    LanePicture::Box &B = Out.Boxes[BoxOf[F]];
    B.Members.push_back(F);
    B.Ways.add(Map.Functions[F].Ways);
    if (Map.Functions[F].Ways.Locks != 0)
      B.LockPath.push_back(F);
  }
  std::map<std::pair<size_t, size_t>, LaneWays> Arrows;
  for (const LaneMap::Call &C : Map.Calls)
    if (BoxOf[C.From] != BoxOf[C.To])
      Arrows[{BoxOf[C.From], BoxOf[C.To]}].add(C.Ways);
  for (const auto &[Between, Ways] : Arrows)
    Out.Arrows.push_back({Between.first, Between.second, Ways});
  std::map<std::pair<size_t, Lane>, LanePicture::End> Ends;
  std::set<Lane> Reached;
  for (const LaneMap::Statements &S : Map.Ends) {
    LanePicture::End &E = Ends[{BoxOf[S.From], S.On}];
    E.From = BoxOf[S.From];
    E.On = S.On;
    E.LockPath |= S.LockPath;
    E.Places += S.Places;
    std::set<std::string> Through(E.Through.begin(), E.Through.end());
    Through.insert(S.Through.begin(), S.Through.end());
    E.Through.assign(Through.begin(), Through.end());
    Reached.insert(S.On);
  }
  for (auto &[Key, E] : Ends)
    Out.Ends.push_back(std::move(E));
  for (Lane L : laneOrder())
    if (Reached.count(L))
      Out.Lanes.push_back(L);
  return Out;
}

} // namespace poolguard
