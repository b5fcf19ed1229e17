#include "rules/WorkerPoolAtomicity.h"

#include <map>
#include <set>

#include "rules/Paths.h"
#include "rules/Sharing.h"
#include "rules/TwoStepClaims.h"

namespace poolguard {

namespace {

/// Something that takes work in more than one step.
struct Fault {
  std::string Message;
  std::vector<Note> First; // the step before
  const Access *A = nullptr;
  unsigned Function = 0;
};

/// The same, reached by a callable on a thread.
struct Reach {
  const ThreadStart *Start = nullptr;
  std::vector<Step> Path;
  Place On; // in the frame that starts the thread
  Fault What;
};

class WorkerPoolAtomicity {
public:
  WorkerPoolAtomicity(const ProgramGraph &G, std::vector<Finding> &Findings, RuleStats &Stats)
      : G(G), Findings(Findings), Stats(Stats), Shared(G.derived<Sharing>()) {}

  void run() {
    for (const ThreadStart &Start : Shared.starts())
      callable(Start);
    concurrentStarts();
    for (unsigned F = 0; F < G.functions().size(); ++F)
      suspensions(F);
    Stats.SitesLookedAt += twoStepClaims(G, Findings);
    if (Stats.SitesLookedAt == 0)
      Stats.WhyVacuous =
          "no callable that several threads run (role 'runs: {in: workers}', or a thread that is started "
          "in a loop) changes a counter, an atomic or a container that they share, no coroutine "
          "suspends between a read and a write of one, and no statement claims a lease";
  }

private:
  const ProgramGraph &G;
  std::vector<Finding> &Findings;
  RuleStats &Stats;
  const Sharing &Shared;
  std::vector<Reach> Single; // by callables that are run once
  std::set<Location> Reported;

  void callable(const ThreadStart &Start) {
    const std::vector<Reached> All = onThread(G, Start.Callable);
    std::set<unsigned> Seen;
    for (const Reached &R : All) {
      if (!Seen.insert(R.Function).second || G.function(R.Function).Accesses.empty())
        continue;
      const std::vector<Step> Path = pathTo(All, &R - All.data());
      const Function &F = G.function(R.Function);
      for (unsigned I = 0; I < F.Accesses.size(); ++I) {
        const Access &A = F.Accesses[I];
        if (A.K == Access::Kind::Await)
          continue;
        std::optional<Place> On = Shared.atStart(Start, Path, R.Function, A.On);
        if (!On)
          continue;
        bool Many = Shared.byMany(Start, *On);
        Stats.SitesLookedAt += Many;
        std::optional<Fault> What = fault(R.Function, I);
        if (!What || Shared.locked(Path, R.Function, A.Scopes))
          continue;
        Reach Found{&Start, Path, std::move(*On), std::move(*What)};
        if (Many)
          report(Found, "'" + Start.Starter + "' runs this on several threads");
        else
          Single.push_back(std::move(Found));
      }
    }
  }

  /// Two callables that one function starts, each with a fault on one object.
  void concurrentStarts() {
    for (const Reach &One : Single)
      for (const Reach &Other : Single)
        if (One.On == Other.On && Shared.atOnce(*One.Start, *Other.Start)) {
          ++Stats.SitesLookedAt;
          report(One, "'" + One.Start->Starter + "' runs this on one thread, and another one runs the like of it");
          break;
        }
  }

  std::optional<Fault> fault(unsigned Index, unsigned I) const {
    const Function &F = G.function(Index);
    const Access &A = F.Accesses[I];
    auto Of = [&](std::string Message) { return Fault{std::move(Message), {}, &A, Index}; };
    auto After = [&](std::string Message, unsigned Read, const char *What) {
      return Fault{std::move(Message), {{F.Accesses[Read].At, What}}, &A, Index};
    };
    const std::string Name = "'" + A.On.Name + "'";
    bool Write = A.K == Access::Kind::Write, Change = A.K == Access::Kind::ReadModifyWrite;
    if (A.Of == Access::Sort::Container)
      return Write ? std::optional(Of("several threads take from " + Name +
                                      " without a lock: two of them get the same element, or the container breaks; "
                                      "look and take under one lock"))
                   : std::nullopt;
    if (!A.Atomic)
      return Change || (Write && A.From != Access::None)
                 ? std::optional(Of("several threads change " + Name +
                                    " without a lock, in more than one step: two of them get the same value, and work "
                                    "is done twice or left out; make it a std::atomic and take the value with "
                                    "fetch_add, or lock"))
                 : std::nullopt;
    if (Write && A.From != Access::None)
      return After(Name + " is loaded, then stored: between the two another thread loads the same value, and both work "
                          "on it; take the value in one step with fetch_add or compare_exchange",
                   A.From, "it is loaded here");
    if (Write && A.Guard != Access::None)
      return After(Name +
                       " is looked at, then set: between the two another thread sees it as this one did, and both go "
                       "on; look and set in one step with exchange or compare_exchange",
                   A.Guard, "it is looked at here");
    bool Used = Change ? !A.Rechecked : A.K == Access::Kind::Read && A.Picks;
    if (Used && A.Guard != Access::None)
      return After("the bound is checked on one read of " + Name +
                       ", and another value of it is used: a thread that comes between the two takes the last piece of "
                       "work, and this one goes past the end; take the value in one step with fetch_add, then check it",
                   A.Guard, "the bound is checked here");
    return std::nullopt;
  }

  /// A coroutine that suspends between a read and the write computed from it: whoever runs meanwhile reads the same.
  void suspensions(unsigned Index) {
    const Function &F = G.function(Index);
    for (const Access &A : F.Accesses) {
      if (!A.SuspendedAt.valid() || A.From == Access::None)
        continue;
      ++Stats.SitesLookedAt;
      if (Shared.locked({}, Index, A.Scopes) || Reported.count(A.At) || !runsMoreThanOnce(Index, A))
        continue;
      Reported.insert(A.At);
      Finding Out = start(A, Index,
                          "the coroutine suspends between reading '" + A.On.Name +
                              "' and writing what it computed from it: another one reads the same value meanwhile, and "
                              "both work on it; take the value in one step before the suspension");
      Out.Path.push_back({F.Accesses[A.From].At, "it is read here"});
      Out.Path.push_back({A.SuspendedAt, "the coroutine suspends here"});
      Findings.push_back(std::move(Out));
    }
  }

  /// Whether the coroutine may run several times at once over one object, as far as its callers tell.
  bool runsMoreThanOnce(unsigned Index, const Access &A) const {
    if (A.Atomic || (A.On.From == Place::Root::Outside && A.On.Owner.empty()))
      return true;
    bool Called = false;
    std::map<std::tuple<unsigned, std::string, std::string>, std::set<Location>> Starts; // by function and object
    for (unsigned F = 0; F < G.functions().size(); ++F)
      for (const Edge &E : G.edges(F)) {
        if (E.Target != Index)
          continue;
        Called = true;
        Step S = E.Steps->last();
        const Site &At = G.site(S);
        std::optional<Place> On = E.Creates ? A.On : Shared.inCaller(S, Index, A.On);
        if (At.Awaited || !On || madeInLoop(At, *On))
          continue;
        std::set<Location> &Same = Starts[{S.Function, On->Variable, On->Fields}];
        if (!E.Creates)
          Same.insert(At.At);
        if (inLoop(At) || Same.size() > 1)
          return true;
      }
    return !Called;
  }

  Finding start(const Access &A, unsigned Function, std::string Message) const {
    Finding Out;
    Out.Check = "poolguard-worker-pool-atomicity";
    Out.At = A.At;
    Out.Function = G.function(Function).Name;
    Out.Message = std::move(Message);
    return Out;
  }

  void report(const Reach &Found, std::string How) {
    const Access &A = *Found.What.A;
    if (!Reported.insert(A.At).second)
      return;
    Finding Out = start(A, Found.What.Function, Found.What.Message);
    Out.Path = Found.What.First;
    Out.Path.push_back({G.site(Found.Start->At).At, std::move(How)});
    llvm::append_range(Out.Path, callNotes(G, Found.Path, Found.Start->At));
    for (const SourceEdit &E : A.OneStep)
      Out.Fixes.push_back({E.At, E.Length, E.Replacement});
    Findings.push_back(std::move(Out));
  }
};

} // namespace

void workerPoolAtomicity(const ProgramGraph &Graph, std::vector<Finding> &Findings, RuleStats &Stats) {
  WorkerPoolAtomicity(Graph, Findings, Stats).run();
}

} // namespace poolguard
