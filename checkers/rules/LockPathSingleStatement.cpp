#include "rules/LockPathSingleStatement.h"

#include <map>
#include <set>

#include "rules/OpenTransactions.h"
#include "rules/Paths.h"
#include "rules/TransactionUse.h"
#include "sql/LeaseFacts.h"

namespace poolguard {

namespace {

class LockPathSingleStatement {
public:
  LockPathSingleStatement(const ProgramGraph &G, std::vector<Finding> &Findings, RuleStats &Stats)
      : G(G), Open(G.derived<OpenTransactions>()), Findings(Findings), Stats(Stats) {}

  void run() {
    std::set<Step> Reported;
    for (const SiteInTransaction &S : Open.sites())
      if (S.Statement == SiteInTransaction::Runs::OnIt) {
        InTransaction.try_emplace(S.At, &S);
        Together[S.In].insert(S.At);
      }
    for (const StatementUse &Use : G.statements()) {
      std::string Does = Use.Facts ? action(*Use.Facts) : std::string();
      if (Does.empty())
        continue;
      ++Stats.SitesLookedAt;
      const Step Last = Use.Path->last();
      auto In = InTransaction.find(Last);
      if (Use.Facts->Statements.size() > 1) {
        if (Reported.insert(Use.TextAt).second)
          several(Use, Does);
      } else if (In != InTransaction.end() && !alone(*In->second) && Reported.insert(Use.TextAt).second) {
        inside(Use, Does, *In->second);
      }
    }
    if (Stats.SitesLookedAt == 0)
      Stats.WhyVacuous = G.leases().empty()
                             ? "no lease table is declared ('leases:' in .poolguard.yaml)"
                             : "no statement claims or renews a lease of '" + G.leases().front().Table + "'";
  }

private:
  const ProgramGraph &G;
  const OpenTransactions &Open;
  std::vector<Finding> &Findings;
  RuleStats &Stats;
  std::map<Step, const SiteInTransaction *> InTransaction;
  std::map<const OpenTransaction *, std::set<Step>> Together;

  std::string action(const sql::Facts &Facts) const {
    for (const sql::Statement &S : Facts.Statements)
      for (const sql::LeaseUse &Lease : sql::leaseUses(S, G.leases()))
        if (Lease.Claims || Lease.Renews)
          return std::string(Lease.Claims ? "claims" : "renews") + " a lease of '" + Lease.Lease->Table + "'";
    return {};
  }

  /// A transaction object that is opened for this one statement does what autocommit does.
  bool alone(const SiteInTransaction &S) const {
    if (!S.In->Scope || S.Path || Together.at(S.In).size() != 1)
      return false;
    if (S.In->Scope->ByText)
      return true; // from its BEGIN on
    // One that the function was given has had other statements, or will have.
    const Site &At = G.site(S.At);
    return mentionsTransaction(statementConnection(At, *G.roles(At).Executes), S.In->Scope->Entity);
  }

  Finding start(const StatementUse &Use) const {
    Finding Out;
    Out.Check = "poolguard-lock-path-single-statement";
    Out.At = G.site(Use.TextAt).At;
    Out.Function = G.function(Use.TextAt.Function).Name;
    return Out;
  }

  void several(const StatementUse &Use, const std::string &Does) {
    Finding Out = start(Use);
    Out.Message = "this text " + Does +
                  " together with other statements: they are one transaction, so the lease is not "
                  "there for anybody before the last of them ends, and one that fails takes it away again; send the " +
                  std::string(Does[0] == 'c' ? "claim" : "renewal") + " on its own";
    Findings.push_back(std::move(Out));
  }

  void inside(const StatementUse &Use, const std::string &Does, const SiteInTransaction &S) {
    Finding Out = start(Use);
    Out.Message =
        "this statement, which " + Does + ", is part of " + transactionName(*S.In) +
        ": nobody sees the lease before the commit, its time counts from the transaction's start, its row stays "
        "locked, and a rollback takes it away again; run it as one statement on its own";
    Out.Path = transactionNotes(G, S);
    Findings.push_back(std::move(Out));
  }
};

} // namespace

void lockPathSingleStatement(const ProgramGraph &Graph, std::vector<Finding> &Findings, RuleStats &Stats) {
  LockPathSingleStatement(Graph, Findings, Stats).run();
}

} // namespace poolguard
