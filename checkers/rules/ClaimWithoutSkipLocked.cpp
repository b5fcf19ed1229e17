#include "rules/ClaimWithoutSkipLocked.h"

#include <set>

#include "llvm/ADT/STLExtras.h"

#include "rules/Paths.h"
#include "rules/Statements.h"
#include "sql/LeaseFacts.h"
#include "sql/Lexer.h"

namespace poolguard {

namespace {

class ClaimWithoutSkipLocked {
public:
  ClaimWithoutSkipLocked(const ProgramGraph &G, std::vector<Finding> &Findings, RuleStats &Stats)
      : G(G), Findings(Findings), Stats(Stats) {}

  void run() {
    for (const StatementUse &Use : G.statements())
      if (Use.Facts)
        for (const sql::Statement &S : Use.Facts->Statements)
          statement(Use, S);
    if (Stats.SitesLookedAt == 0)
      Stats.WhyVacuous = G.leases().empty()
                             ? "no lease table is declared ('leases:' in .poolguard.yaml)"
                             : "no statement claims or locks a row of '" + G.leases().front().Table + "'";
  }

private:
  const ProgramGraph &G;
  std::vector<Finding> &Findings;
  RuleStats &Stats;
  std::set<Step> Reported;

  void statement(const StatementUse &Use, const sql::Statement &S) {
    const LeaseTable *Claimed = nullptr;
    const sql::Query *Claim = nullptr;
    for (const sql::LeaseUse &Lease : sql::leaseUses(S, G.leases()))
      if (Lease.Claims && Lease.By->Kind == sql::StatementKind::Update) {
        Claimed = Lease.Lease;
        Claim = Lease.By;
      }
    for (const sql::Query &Q : S.Queries) {
      const LeaseTable *L = Q.Kind == sql::StatementKind::Select ? sql::findLease(Q.Target, G.leases()) : nullptr;
      if (!L)
        continue;
      const sql::RowLock *Lock = nullptr;
      for (const sql::RowLock &Candidate : Q.Locks)
        if (Candidate.ForUpdate &&
            llvm::any_of(Candidate.Of, [&](const sql::Table &T) { return sql::findLease(T, *L) == L; }))
          Lock = &Candidate;
      ++Stats.SitesLookedAt;
      if (Lock && Lock->Policy == sql::RowLock::Wait::Block && Q.HasLimit)
        waits(Use, *L);
      else if (!Lock && Claim && L == Claimed && Q.HasLimit && !sql::asksWhetherFree(*Claim, *L))
        picksUnlocked(Use, *L);
    }
    Stats.SitesLookedAt += Claim != nullptr;
  }

  Finding start(const StatementUse &Use) const {
    Finding Out;
    Out.Check = "poolguard-claim-without-skip-locked";
    Out.At = G.site(Use.TextAt).At;
    Out.Function = G.function(Use.TextAt.Function).Name;
    Out.Path = callNotes(G, Use.Path, Use.TextAt);
    return Out;
  }

  void waits(const StatementUse &Use, const LeaseTable &L) {
    if (!Reported.insert(Use.TextAt).second)
      return;
    Finding Out = start(Use);
    Out.Message = "this claim locks rows of '" + L.Table +
                  "' FOR UPDATE without SKIP LOCKED: every worker waits for the one before "
                  "it, for a row that is taken when the lock comes free; add SKIP LOCKED";
    if (std::optional<unsigned> At = sql::endOfRowLock(Use.Text.Name))
      if (std::optional<Edit> E = editText(G, Use, *At, 0, " SKIP LOCKED"))
        Out.Fixes.push_back(std::move(*E));
    Findings.push_back(std::move(Out));
  }

  void picksUnlocked(const StatementUse &Use, const LeaseTable &L) {
    if (!Reported.insert(Use.TextAt).second)
      return;
    Finding Out = start(Use);
    Out.Message = "this claim picks a row of '" + L.Table +
                  "' in a subquery that doesn't lock it: two workers pick the same row, and "
                  "both get it; add FOR UPDATE SKIP LOCKED to the subquery";
    Findings.push_back(std::move(Out));
  }
};

} // namespace

void claimWithoutSkipLocked(const ProgramGraph &Graph, std::vector<Finding> &Findings, RuleStats &Stats) {
  ClaimWithoutSkipLocked(Graph, Findings, Stats).run();
}

} // namespace poolguard
