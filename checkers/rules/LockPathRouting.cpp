#include "rules/LockPathRouting.h"

#include <map>
#include <set>

#include "rules/Paths.h"
#include "sql/LeaseFacts.h"

namespace poolguard {

namespace {

const char *const Consequence =
    "under load it waits behind everybody's transactions or loses its connection, the lease looks expired, and another "
    "worker takes the job";

class LockPathRouting {
public:
  LockPathRouting(const ProgramGraph &G, std::vector<Finding> &Findings, RuleStats &Stats)
      : G(G), Findings(Findings), Stats(Stats) {}

  void run() {
    leaseStatements();
    lockPathFunctions();
    silentFallbacks();
    if (Stats.SitesLookedAt == 0)
      Stats.WhyVacuous = G.leases().empty()
                             ? "no lease table is declared ('leases:' in .poolguard.yaml) and no function has the role "
                               "'lock-path'"
                             : "no statement claims or renews a lease of '" + G.leases().front().Table +
                                   "', and no function with the role 'lock-path' is defined";
  }

private:
  const ProgramGraph &G;
  std::vector<Finding> &Findings;
  RuleStats &Stats;
  std::set<Step> Reported;
  std::map<Step, std::set<unsigned>>
      ReportedRuns; // the call that runs a reported statement: where its text was settled

  /// Statements that the SQL shows to claim or renew a lease.
  void leaseStatements() {
    for (const StatementUse &Use : G.statements()) {
      if (!Use.Facts)
        continue;
      std::string Does = action(*Use.Facts);
      if (Does.empty())
        continue;
      ++Stats.SitesLookedAt;
      if (Use.On != Lane::Transaction)
        continue;
      std::vector<Step> Path = prefixed(Use.Path, nullptr);
      ReportedRuns[Path.back()].insert(Use.TextAt.Function);
      report(Use.TextAt, Path, *Use.Runs, "this statement, which " + Does + ",");
    }
  }

  std::string action(const sql::Facts &Facts) const {
    for (const sql::Statement &S : Facts.Statements)
      for (const sql::LeaseUse &Lease : sql::leaseUses(S, G.leases())) {
        if (Lease.Claims)
          return "claims a lease of '" + Lease.Lease->Table + "'";
        if (Lease.Renews)
          return "renews a lease of '" + Lease.Lease->Table + "'";
      }
    return {};
  }

  /// Whatever a function with the role `lock-path` runs, whether or not the SQL is known.
  void lockPathFunctions() {
    for (unsigned F = 0; F < G.functions().size(); ++F) {
      const Declaration *D = G.declarationOf(F);
      if (!D || !D->Roles->LockPath.value_or(false))
        continue;
      const ReachedFunctions Reached = G.reach(F);
      for (const LaneUse &Use : G.laneUses()) {
        auto At = Reached.Paths.find(Use.Path->At.Function);
        if (At == Reached.Paths.end())
          continue;
        ++Stats.SitesLookedAt;
        // The finding stands in the lock-path function, as what it calls may serve others rightly. What its SQL already
        // shows is one mistake, not two.
        std::vector<Step> Path = prefixed(At->second, Use.Path);
        if (Use.On == Lane::Transaction && !reportedWithin(Reached, Path.back()))
          report(Path.front(), Path, *Use.Runs, "'" + D->Name + "' is on the lock path, but this");
      }
    }
  }

  bool reportedWithin(const ReachedFunctions &Reached, Step Runs) const {
    auto At = ReportedRuns.find(Runs);
    return At != ReportedRuns.end() &&
           llvm::any_of(At->second, [&](unsigned Function) { return Reached.Paths.contains(Function); });
  }

  /// A function whose role promises the session lane, and whose body has a way to the transaction lane.
  void silentFallbacks() {
    for (unsigned F = 0; F < G.functions().size(); ++F) {
      const Declaration *D = G.declarationOf(F);
      if (!D || !D->Roles->Executes || D->Roles->Executes->On != Lane::Session)
        continue;
      ++Stats.SitesLookedAt;
      const ReachedFunctions Reached = G.reach(F);
      for (const LaneUse &Use : G.laneUses()) {
        auto At = Reached.Paths.find(Use.Path->At.Function);
        if (At == Reached.Paths.end() || Use.On != Lane::Transaction || !Reported.insert(Use.Path->At).second)
          continue;
        Finding Out = start(Use.Path->At);
        Out.Message = "'" + D->Name +
                      "' promises the session lane, but this reaches the transaction lane: its callers "
                      "lose the session lane without a word; throw when the session lane can't be had, or let the "
                      "caller choose to degrade";
        Out.Path = callNotes(G, prefixed(At->second, Use.Path), Use.Path->At);
        Findings.push_back(std::move(Out));
      }
    }
  }

  static std::vector<Step> prefixed(const Chain *Front, const Chain *Back) {
    std::vector<Step> Steps;
    for (const Chain *Part : {Front, Back})
      for (; Part; Part = Part->Next)
        Steps.push_back(Part->At);
    return Steps;
  }

  Finding start(Step At) const {
    Finding Out;
    Out.Check = "poolguard-lock-path-routing";
    Out.At = G.site(At).At;
    Out.Function = G.function(At.Function).Name;
    return Out;
  }

  void report(Step At, const std::vector<Step> &Path, const Declaration &By, const std::string &What) {
    if (!Reported.insert(At).second)
      return;
    const Site &Runs = G.site(Path.back());
    const std::string &Twin = By.Roles->Executes->Direct;
    Finding Out = start(At);
    Out.Message = What + " reaches the server on the transaction lane through '" + By.Name + "'; " + Consequence + "; ";
    bool Direct = !Twin.empty() && Runs.HasDirect;
    if (Direct)
      Out.Message += "call '" + Twin + "' instead";
    else
      Out.Message += "run it on a connection of the session lane";
    Out.Path = callNotes(G, Path, At);
    // The edit belongs where the statement runs; elsewhere it would move other callers' statements too.
    if (Direct && Path.back() == At && Runs.NameAt.valid())
      Out.Fixes.push_back({Runs.NameAt, Runs.NameLength, Twin});
    Findings.push_back(std::move(Out));
  }
};

} // namespace

void lockPathRouting(const ProgramGraph &Graph, std::vector<Finding> &Findings, RuleStats &Stats) {
  LockPathRouting(Graph, Findings, Stats).run();
}

} // namespace poolguard
