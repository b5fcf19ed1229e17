#include "link/LaneMap.h"

#include <algorithm>
#include <map>
#include <set>

#include "link/Closure.h"
#include "link/ProgramGraph.h"
#include "sql/LeaseFacts.h"

namespace poolguard {

namespace {

constexpr Lane Lanes[] = {Lane::Unknown, Lane::Transaction, Lane::Session, Lane::Tx};

/// A lane as it is drawn: a role's `connection` has been resolved, or nothing is known.
Lane drawn(Lane L) { return L == Lane::Connection ? Lane::Unknown : L; }

class MapBuilder {
public:
  explicit MapBuilder(const ProgramGraph &Graph) : G(Graph) { fold(); }

  LaneMap build() {
    for (unsigned F = 0; F < G.functions().size(); ++F)
      if (lockRole(F))
        LockFrom.insert(F);
    OnLockPath = withCallees(G, LockFrom);
    for (const StatementUse &Use : G.statements())
      way(Use.Path, drawn(Use.On), Use.Runs, Use.Facts && lease(*Use.Facts) ? &Use.TextAt : nullptr);
    for (const LaneUse &Use : G.laneUses())
      way(Use.Path, drawn(Use.On), Use.Runs, nullptr);
    for (Lane L : Lanes)
      above(L);
    return finish();
  }

private:
  struct End {
    bool LockPath = false;
    std::set<Step> Places;
    std::set<std::string> Through;
  };

  const ProgramGraph &G;
  std::vector<unsigned> Node; // the function that one is drawn as
  std::set<unsigned> LockFrom, OnLockPath;
  std::map<unsigned, LaneWays> Functions;
  std::map<std::pair<unsigned, unsigned>, LaneWays> Calls;
  std::map<std::pair<unsigned, Lane>, End> Ends;
  std::map<Lane, std::set<unsigned>> Settled; // the functions whose callers all reach the lane

  bool lockRole(unsigned F) const {
    const Declaration *D = G.declarationOf(F);
    return D && D->Roles->LockPath.value_or(false);
  }

  bool lease(const sql::Facts &Facts) const {
    return llvm::any_of(Facts.Statements, [&](const sql::Statement &S) { return sql::isLockPath(S, G.leases()); });
  }

  void fold() {
    std::map<std::pair<std::string, Location>, unsigned> ByPlace;
    for (unsigned F = 0; F < G.functions().size(); ++F) {
      unsigned Top = F;
      while (std::optional<unsigned> Around = G.enclosing(Top))
        Top = *Around;
      const Function &Fn = G.function(Top);
      Node.push_back(ByPlace.try_emplace({Fn.Name, Fn.At}, Top).first->second);
    }
  }

  /// The callee of the call that `Path` begins with, and the rest of the path: over the longest edge, since a callable
  /// that is handed down is called at the end of several steps.
  const Edge *first(const Chain *Path, const Chain *&Rest) const {
    const Edge *Best = nullptr;
    for (const Edge &E : G.edges(Path->At.Function)) {
      const Chain *Mine = E.Steps, *Theirs = Path;
      while (Mine && Theirs && Mine->At == Theirs->At) {
        Mine = Mine->Next;
        Theirs = Theirs->Next;
      }
      if (Mine || !Theirs || Theirs->At.Function != E.Target || (Best && Best->Steps->Length >= E.Steps->Length))
        continue;
      Best = &E;
      Rest = Theirs;
    }
    return Best;
  }

  /// One way to the server. `LeaseText`: where the text of a statement that opens or renews a lease became known.
  void way(const Chain *Path, Lane L, const Declaration *Runs, const Step *LeaseText) {
    Settled[L].insert(Path->At.Function);
    std::vector<unsigned> Walked{Path->At.Function};
    const Chain *Rest = nullptr;
    while (const Edge *E = first(Path, Rest)) {
      Walked.push_back(E->Target);
      Path = Rest;
    }
    size_t LockAt = Walked.size();
    for (size_t I = 0; I < Walked.size() && LockAt == Walked.size(); ++I)
      if (OnLockPath.count(Walked[I]) || (LeaseText && LeaseText->Function == Walked[I]))
        LockAt = I;
    if (LeaseText && LockAt == Walked.size())
      LockAt = 0;
    for (size_t I = 0; I < Walked.size(); ++I) {
      Functions[Node[Walked[I]]].add(ways(L, I >= LockAt));
      if (I + 1 < Walked.size())
        call(Walked[I], Walked[I + 1], ways(L, I >= LockAt));
    }
    End &At = Ends[{Node[Walked.back()], L}];
    At.LockPath |= LockAt < Walked.size();
    At.Places.insert(Path->last());
    if (Runs)
      At.Through.insert(Runs->Name);
  }

  static LaneWays ways(Lane L, bool Lock) { return {laneBit(L), Lock ? laneBit(L) : 0}; }

  void call(unsigned From, unsigned To, LaneWays Ways) {
    if (Node[From] != Node[To])
      Calls[{Node[From], Node[To]}].add(Ways);
  }

  /// The callers of what reaches the lane whoever calls it.
  void above(Lane L) {
    std::set<unsigned> Reach = withCallers(G, Settled[L]);
    for (unsigned F : Reach) {
      LaneWays Ways = ways(L, OnLockPath.count(F) != 0);
      Functions[Node[F]].add(Ways);
      for (const Edge &E : G.edges(F))
        if (Reach.count(E.Target))
          call(F, E.Target, Ways);
    }
  }

  LaneMap finish() const {
    LaneMap Out;
    std::vector<unsigned> Order;
    for (const auto &[F, Ways] : Functions)
      Order.push_back(F);
    std::sort(Order.begin(), Order.end(), [&](unsigned A, unsigned B) {
      return std::tie(G.function(A).Name, G.function(A).At) < std::tie(G.function(B).Name, G.function(B).At);
    });
    std::map<unsigned, unsigned> Index;
    for (unsigned F : Order) {
      Index[F] = static_cast<unsigned>(Out.Functions.size());
      Out.Functions.push_back({G.function(F).Name, G.function(F).At, Functions.at(F)});
    }
    for (const auto &[Between, Ways] : Calls)
      Out.Calls.push_back({Index.at(Between.first), Index.at(Between.second), Ways});
    std::sort(Out.Calls.begin(), Out.Calls.end(), [](const LaneMap::Call &A, const LaneMap::Call &B) {
      return std::tie(A.From, A.To) < std::tie(B.From, B.To);
    });
    for (const auto &[From, E] : Ends)
      Out.Ends.push_back({Index.at(From.first),
                          From.second,
                          E.LockPath,
                          static_cast<unsigned>(E.Places.size()),
                          {E.Through.begin(), E.Through.end()}});
    std::sort(Out.Ends.begin(), Out.Ends.end(), [](const LaneMap::Statements &A, const LaneMap::Statements &B) {
      return std::tie(A.From, A.On) < std::tie(B.From, B.On);
    });
    return Out;
  }
};

} // namespace

LaneMap laneMap(const ProgramGraph &G) { return MapBuilder(G).build(); }

} // namespace poolguard
