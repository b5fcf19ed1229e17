#include "rules/NoTransactionReroute.h"

#include <map>
#include <set>

#include "rules/OpenTransactions.h"
#include "rules/Paths.h"

namespace poolguard {

static Finding finding(const ProgramGraph &G, const SiteInTransaction &S) {
  const Site &At = G.site(S.first()), &Statement = G.site(S.At);
  const std::string Transaction = transactionName(*S.In);
  Finding Out;
  Out.Check = "poolguard-no-transaction-reroute";
  Out.At = At.At;
  Out.Function = G.function(S.first().Function).Name;
  if (S.Path)
    Out.Message = "'" + calleeName(G, At) + "' is called while " + Transaction + " is open, and runs '" +
                  calleeName(G, Statement) + "' on another connection";
  else
    Out.Message = "this statement runs on another connection while " + Transaction + " is open";
  Out.Message +=
      ": it isn't rolled back with the transaction, can't see its changes, and under load it waits for a second "
      "connection while the first is held; ";
  const bool Fix = !S.Path && Statement.ObjectLength != 0;
  if (Fix)
    Out.Message += "run it on '" + Statement.Handle + "'";
  else if (S.Path)
    Out.Message += "hand the transaction down, or call it after the commit";
  else
    Out.Message += "run it on the transaction, or after the commit";
  Out.Path = transactionNotes(G, S);
  if (Fix)
    Out.Fixes.push_back({Statement.ObjectAt, Statement.ObjectLength, Statement.Handle});
  return Out;
}

void noTransactionReroute(const ProgramGraph &G, std::vector<Finding> &Findings, RuleStats &Stats) {
  const auto &Open = G.derived<OpenTransactions>();
  std::map<Step, const SiteInTransaction *> Nearest; // by the place of the finding
  std::set<Step> Told; // statements that are wrong in their own function already, whoever calls it
  for (const SiteInTransaction &S : Open.sites()) {
    if (!G.roles(G.site(S.At)).Executes)
      continue;
    ++Stats.SitesLookedAt;
    if (S.Statement != SiteInTransaction::Runs::Elsewhere)
      continue;
    const SiteInTransaction *&Known = Nearest[S.first()];
    if (!Known || nearer(S, *Known))
      Known = &S;
  }
  for (const auto &[At, S] : Nearest)
    if (!S->Path)
      Told.insert(S->At);
  for (const auto &[At, S] : Nearest)
    if (!S->Path || !Told.count(S->At))
      Findings.push_back(finding(G, *S));
  if (Stats.SitesLookedAt == 0)
    Stats.WhyVacuous = Open.any()
                           ? "no statement (role 'executes') runs while a transaction is open"
                           : "no object of a type with the role 'transaction', and no callable that a role runs in "
                             "a transaction";
}

} // namespace poolguard
