#include "rules/ConnectionSharedAcrossThreads.h"

#include <set>

#include "rules/Paths.h"
#include "rules/Sharing.h"

namespace poolguard {

namespace {

/// A connection that a callable uses on its thread.
struct ConnectionUse {
  const ThreadStart *Start = nullptr;
  std::vector<Step> Path; // from the callable down
  Step At;
  Place On; // in the frame that starts the thread
};

class ConnectionSharedAcrossThreads {
public:
  ConnectionSharedAcrossThreads(const ProgramGraph &G, std::vector<Finding> &Findings, RuleStats &Stats)
      : G(G), Findings(Findings), Stats(Stats), Shared(G.derived<Sharing>()) {}

  void run() {
    for (const ThreadStart &Start : Shared.starts())
      collect(Start);
    for (const ConnectionUse &Use : Uses)
      judge(Use);
    if (Stats.SitesLookedAt == 0)
      Stats.WhyVacuous =
          Shared.starts().empty()
              ? "no callable runs in a thread (role 'runs: {in: thread}' or '{in: workers}')"
              : "no callable that runs in a thread runs a statement (role 'executes') or ends a transaction";
  }

private:
  const ProgramGraph &G;
  std::vector<Finding> &Findings;
  RuleStats &Stats;
  const Sharing &Shared;
  std::vector<ConnectionUse> Uses;
  std::set<Location> Reported;

  void collect(const ThreadStart &Start) {
    const std::vector<Reached> All = onThread(G, Start.Callable);
    std::set<unsigned> Seen;
    for (const Reached &R : All) {
      if (!Seen.insert(R.Function).second)
        continue;
      const Function &F = G.function(R.Function);
      for (unsigned I = 0; I < F.Sites.size(); ++I) {
        // A statement on what is no connection (an engine, a pool) was looked at as well.
        if (G.roles(F.Sites[I]).Executes)
          ++Stats.SitesLookedAt;
        for (const GivenPlace &Given : F.Sites[I].Given) {
          if (!Given.Uses)
            continue;
          if (!G.roles(F.Sites[I]).Executes)
            ++Stats.SitesLookedAt;
          std::vector<Step> Path = pathTo(All, &R - All.data());
          std::optional<Place> On = Shared.atStart(Start, Path, R.Function, Given.At);
          if (On && !Shared.locked(Path, R.Function, F.Sites[I].Scopes))
            Uses.push_back({&Start, std::move(Path), {R.Function, I}, std::move(*On)});
        }
      }
    }
  }

  void judge(const ConnectionUse &Use) {
    if (Shared.byMany(*Use.Start, Use.On))
      return report(Use, "several threads that '" + Use.Start->Starter + "' starts", {});
    for (const ConnectionUse &Other : Uses)
      if (Other.On == Use.On && Shared.atOnce(*Use.Start, *Other.Start))
        return report(Use, "this thread and another one", {{G.site(Other.At).At, "another thread uses it here"}});
    if (const Site *Mine = usedByStarter(Use))
      report(Use, "this thread and the one that started it",
             {{Mine->At, "the thread that started this one uses it here"}});
  }

  /// A use by the function that starts the thread, after that and before it waits for the thread.
  const Site *usedByStarter(const ConnectionUse &Use) const {
    unsigned F = Use.Start->At.Function;
    const Site &Started = G.site(Use.Start->At);
    if (endsAtOnce(Use.Start->Starter, Started))
      return nullptr;
    for (const Site &S : G.function(F).Sites) {
      bool After = S.At.File == Started.At.File && S.At.Offset > Started.At.Offset;
      bool Ended = Use.Start->joins() && Started.BlockTo < S.At.Offset;
      if (!After || Ended || Shared.locked({}, F, S.Scopes))
        continue;
      for (const GivenPlace &Given : S.Given)
        if (Given.Uses && Given.At == Use.On && !Shared.waitsBetween(F, Started.At.Offset, S.At.Offset))
          return &S;
    }
    return nullptr;
  }

  void report(const ConnectionUse &Use, const std::string &Who, std::vector<Note> Others) {
    const Site &At = G.site(Use.At);
    if (!Reported.insert(At.At).second)
      return;
    Finding Out;
    Out.Check = "poolguard-connection-shared-across-threads";
    Out.At = At.At;
    Out.Function = G.function(Use.At.Function).Name;
    Out.Message =
        "'" + Use.On.Name + "' is used by " + Who +
        " without a lock: a connection carries one statement at a time, so results are mixed up or the connection "
        "breaks; give each thread a connection of its own, or guard this one with a mutex";
    Out.Path.push_back({G.site(Use.Start->At).At, "'" + Use.Start->Starter + "' runs this from here"});
    llvm::append_range(Out.Path, callNotes(G, Use.Path, Use.Start->At));
    llvm::append_range(Out.Path, std::move(Others));
    Findings.push_back(std::move(Out));
  }
};

} // namespace

void connectionSharedAcrossThreads(const ProgramGraph &Graph, std::vector<Finding> &Findings, RuleStats &Stats) {
  ConnectionSharedAcrossThreads(Graph, Findings, Stats).run();
}

} // namespace poolguard
