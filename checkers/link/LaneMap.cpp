#include "link/LaneMap.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "llvm/ADT/Hashing.h"

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
  explicit MapBuilder(const ProgramGraph &Graph)
      : G(Graph), OnLockPath(Graph.functions().size()), Functions(Graph.functions().size()) {
    fold();
    for (Lane L : Lanes)
      Settled[L].resize(Graph.functions().size());
  }

  LaneMap build() {
    for (unsigned F = 0; F < G.functions().size(); ++F)
      if (lockRole(F))
        OnLockPath.set(F);
    OnLockPath = withCallees(G, std::move(OnLockPath));
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
  std::vector<unsigned> Node;      // the function that one is drawn as
  llvm::BitVector OnLockPath;      // by function
  std::vector<LaneWays> Functions; // by node
  std::map<std::pair<unsigned, unsigned>, LaneWays> Calls;
  std::map<std::pair<unsigned, Lane>, End> Ends;
  std::map<Lane, llvm::BitVector> Settled; // the functions whose callers all reach the lane

  bool lockRole(unsigned F) const {
    const Declaration *D = G.declarationOf(F);
    return D && D->Roles->LockPath.value_or(false);
  }

  bool lease(const sql::Facts &Facts) const {
    return llvm::any_of(Facts.Statements, [&](const sql::Statement &S) { return sql::isLockPath(S, G.leases()); });
  }

  void fold() {
    struct Place {
      llvm::StringRef File, Name;
      unsigned Line, Column;
      bool operator==(const Place &) const = default;
    };
    std::unordered_map<Place, unsigned, decltype([](const Place &P) {
                         return static_cast<size_t>(llvm::hash_combine(P.File, P.Name, P.Line, P.Column));
                       })>
        ByPlace;
    for (unsigned F = 0; F < G.functions().size(); ++F) {
      unsigned Top = F;
      while (std::optional<unsigned> Around = G.enclosing(Top))
        Top = *Around;
      const Function &Fn = G.function(Top);
      Node.push_back(ByPlace.try_emplace({Fn.At.File, Fn.Name, Fn.At.Line, Fn.At.Column}, Top).first->second);
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
    Settled[L].set(Path->At.Function);
    std::vector<unsigned> Walked{Path->At.Function};
    const Chain *Rest = nullptr;
    while (const Edge *E = first(Path, Rest)) {
      Walked.push_back(E->Target);
      Path = Rest;
    }
    size_t LockAt = Walked.size();
    for (size_t I = 0; I < Walked.size() && LockAt == Walked.size(); ++I)
      if (OnLockPath.test(Walked[I]) || (LeaseText && LeaseText->Function == Walked[I]))
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
    llvm::BitVector Reach = withCallers(G, std::move(Settled[L]));
    for (unsigned F : Reach.set_bits()) {
      LaneWays Ways = ways(L, OnLockPath.test(F));
      Functions[Node[F]].add(Ways);
      for (const Edge &E : G.edges(F))
        if (Reach.test(E.Target))
          call(F, E.Target, Ways);
    }
  }

  LaneMap finish() const {
    LaneMap Out;
    std::vector<unsigned> Order;
    for (unsigned F = 0; F < Functions.size(); ++F)
      if (Functions[F].Lanes)
        Order.push_back(F);
    std::sort(Order.begin(), Order.end(), [&](unsigned A, unsigned B) {
      int Names = llvm::StringRef(G.function(A).Name).compare(G.function(B).Name);
      return Names != 0 ? Names < 0 : G.function(A).At < G.function(B).At;
    });
    std::vector<unsigned> Index(Functions.size());
    Out.Functions.reserve(Order.size());
    for (unsigned F : Order) {
      Index[F] = static_cast<unsigned>(Out.Functions.size());
      Out.Functions.push_back({G.function(F).Name, G.function(F).At, Functions[F]});
    }
    for (const auto &[Between, Ways] : Calls)
      Out.Calls.push_back({Index[Between.first], Index[Between.second], Ways});
    std::sort(Out.Calls.begin(), Out.Calls.end(), [](const LaneMap::Call &A, const LaneMap::Call &B) {
      return std::tie(A.From, A.To) < std::tie(B.From, B.To);
    });
    for (const auto &[From, E] : Ends)
      Out.Ends.push_back({Index[From.first],
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
