#include "rules/NoLockPathRetry.h"

#include <set>

#include "rules/Paths.h"
#include "rules/RetryScopes.h"
#include "sql/LeaseFacts.h"

namespace poolguard {

namespace {

class NoLockPathRetry {
public:
  NoLockPathRetry(const ProgramGraph &G, std::vector<Finding> &Findings, RuleStats &Stats)
      : G(G), Retries(G.derived<RetryScopes>()), Findings(Findings), Stats(Stats) {}

  void run() {
    for (unsigned F = 0; F < G.functions().size(); ++F)
      for (unsigned I = 0; I < G.function(F).Sites.size(); ++I)
        lockPathCall({F, I});
    for (const StatementUse &Use : G.statements())
      statement(Use);
    if (Stats.SitesLookedAt == 0)
      Stats.WhyVacuous =
          G.leases().empty()
              ? "no lease table is declared ('leases:' in .poolguard.yaml) and no function with the role "
                "'lock-path' is called"
              : "no statement claims or renews a lease of '" + G.leases().front().Table +
                    "', and no function with the role 'lock-path' is called";
  }

private:
  const ProgramGraph &G;
  const RetryScopes &Retries;
  std::vector<Finding> &Findings;
  RuleStats &Stats;
  std::set<Step> Reported;
  std::set<Step> LockPathCalls; // reported ones

  void lockPathCall(Step At) {
    const Site &S = G.site(At);
    if (S.Reference || S.Creates || !G.roles(S).LockPath.value_or(false))
      return;
    ++Stats.SitesLookedAt;
    for (const RetryScope &R : Retries.all()) {
      std::vector<Step> Path;
      auto In = R.Runs.find(At.Function);
      if (In != R.Runs.end())
        Path = In->second.Path;
      else if (!Retries.isIn(R, At))
        continue;
      Path.push_back(At);
      if (report(At, R, Path, "'" + calleeName(G, S) + "', which is on the lock path,"))
        LockPathCalls.insert(At);
      return;
    }
  }

  void statement(const StatementUse &Use) {
    if (!Use.Facts)
      return;
    std::string Does;
    for (const sql::Statement &S : Use.Facts->Statements)
      for (const sql::LeaseUse &Lease : sql::leaseUses(S, G.leases()))
        if (Does.empty() && (Lease.Claims || Lease.Renews))
          Does = (Lease.Claims ? "claims" : "renews") + (" a lease of '" + Lease.Lease->Table + "'");
    if (Does.empty())
      return;
    ++Stats.SitesLookedAt;
    for (const RetriedStatement &In : Retries.around(Use)) {
      // Where the call of a lock-path function is reported, its statement needn't be.
      bool Known = false;
      for (Step S : In.Path)
        Known |= LockPathCalls.count(S) != 0;
      if (!Known)
        report(Use.TextAt, *In.Retry, In.Path, "this statement, which " + Does + ",");
      return;
    }
  }

  bool report(Step At, const RetryScope &R, const std::vector<Step> &Path, const std::string &What) {
    if (!Reported.insert(At).second)
      return false;
    Finding Out;
    Out.Check = "poolguard-no-lock-path-retry";
    Out.At = G.site(At).At;
    Out.Function = G.function(At.Function).Name;
    Out.Message =
        What + " runs inside " + R.Name +
        ": when the answer to the first attempt is lost, its lease stands with no "
        "owner, and the attempts that follow outlast the lease of the jobs that are running; run it once, and let "
        "the next tick try again";
    Out.Path.push_back(retryNote(R));
    llvm::append_range(Out.Path, callNotes(G, R, Path, At));
    Findings.push_back(std::move(Out));
    return true;
  }
};

} // namespace

void noLockPathRetry(const ProgramGraph &Graph, std::vector<Finding> &Findings, RuleStats &Stats) {
  NoLockPathRetry(Graph, Findings, Stats).run();
}

} // namespace poolguard
