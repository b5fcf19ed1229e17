#include "rules/UncheckedFence.h"

#include <set>

#include "rules/LostResults.h"
#include "rules/Paths.h"
#include "rules/WorkerLockRenewalShape.h"
#include "sql/LeaseFacts.h"

namespace poolguard {

namespace {

class UncheckedFence {
public:
  UncheckedFence(const ProgramGraph &G, std::vector<Finding> &Findings, RuleStats &Stats)
      : G(G), Findings(Findings), Stats(Stats), Results(
                                                    G, [](const FunctionRoles &R) { return R.Fenced.value_or(false); },
                                                    [this](const LostResult &Lost) { report(Lost); }),
        Told(G.derived<RenewalsOnThreads>().Dropped) {}

  void run() {
    Stats.SitesLookedAt += Results.followCalls();
    for (const StatementUse &Use : G.statements())
      fencedStatement(Use);
    if (Stats.SitesLookedAt == 0)
      Stats.WhyVacuous = "no function with the role 'fenced' is called, and " +
                         (G.leases().empty() ? std::string("no lease table is declared ('leases:' in .poolguard.yaml)")
                                             : "no statement matches '" + G.leases().front().Epoch + "' of '" +
                                                   G.leases().front().Table + "'");
  }

private:
  const ProgramGraph &G;
  std::vector<Finding> &Findings;
  RuleStats &Stats;
  LostResults Results;
  const std::set<Location> &Told; // by poolguard-worker-lock-renewal-shape
  std::set<Step> Reported;

  void fencedStatement(const StatementUse &Use) {
    if (!Use.Facts || Use.Runs->Roles->Rows == "checked" || Use.Runs->Roles->SessionState == "prepare")
      return; // what is prepared hasn't run yet
    for (const sql::Statement &S : Use.Facts->Statements)
      for (const sql::LeaseUse &Lease : sql::leaseUses(S, G.leases())) {
        if (!Lease.Fenced || !(Lease.Transitions || Lease.Renews))
          continue;
        ++Stats.SitesLookedAt;
        Operation Of{"this fenced statement on '" + Lease.Lease->Table + "'", steps(Use.Path), 0};
        for (size_t I = 0; I < Of.Steps.size(); ++I)
          if (Of.Steps[I] == Use.TextAt)
            Of.SeenAt = I;
        return Results.follow(std::move(Of));
      }
  }

  void report(const LostResult &Lost) {
    if (Told.count(G.site(Lost.At).At) || !Reported.insert(Lost.At).second)
      return;
    Finding Out;
    Out.Check = "poolguard-unchecked-fence";
    Out.At = G.site(Lost.At).At;
    Out.Function = G.function(Lost.At.Function).Name;
    Out.Message =
        Lost.Subject + " " + Lost.How +
        "; when another worker has taken the job over, the fence matches no row and this code goes on as if it "
        "held the lease; stop working on the job unless the result says that the fence held";
    Out.Path = Lost.Path;
    Findings.push_back(std::move(Out));
  }
};

} // namespace

void uncheckedFence(const ProgramGraph &Graph, std::vector<Finding> &Findings, RuleStats &Stats) {
  UncheckedFence(Graph, Findings, Stats).run();
}

} // namespace poolguard
