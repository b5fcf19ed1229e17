#include "rules/BlockingInTransaction.h"

#include <map>

#include "rules/OpenTransactions.h"
#include "rules/Paths.h"

namespace poolguard {

/// A statement waits for the server, and the commit does: that is what the transaction is for.
static bool blocks(const FunctionRoles &Roles) {
  return Roles.Blocks.value_or(false) && !Roles.Executes && !Roles.EndsTransaction;
}

static Finding finding(const ProgramGraph &G, const SiteInTransaction &S) {
  Finding Out;
  Out.Check = "poolguard-blocking-in-transaction";
  Out.At = G.site(S.first()).At;
  Out.Function = G.function(S.first().Function).Name;
  const std::string Blocks = calleeName(G, G.site(S.At));
  if (S.Path)
    Out.Message = "'" + calleeName(G, G.site(S.first())) + "' waits in '" + Blocks + "' while " +
                  transactionName(*S.In) + " is open";
  else
    Out.Message = "'" + Blocks + "' waits while " + transactionName(*S.In) + " is open";
  Out.Message +=
      ": its row locks, its snapshot and its server connection are held for as long, and a few such calls empty "
      "the pool for everybody; wait before the transaction is opened, or after the commit";
  Out.Path = transactionNotes(G, S);
  return Out;
}

void blockingInTransaction(const ProgramGraph &G, std::vector<Finding> &Findings, RuleStats &Stats) {
  const auto &Open = G.derived<OpenTransactions>();
  std::map<Step, const SiteInTransaction *> Nearest; // by the place of the finding
  for (const SiteInTransaction &S : Open.sites()) {
    ++Stats.SitesLookedAt;
    if (!blocks(G.roles(G.site(S.At))))
      continue;
    const SiteInTransaction *&Known = Nearest[S.first()];
    if (!Known || nearer(S, *Known))
      Known = &S;
  }
  for (const auto &[At, S] : Nearest)
    Findings.push_back(finding(G, *S));
  if (Stats.SitesLookedAt == 0)
    Stats.WhyVacuous =
        "no object of a type with the role 'transaction', and no callable that a role runs in a transaction";
}

} // namespace poolguard
