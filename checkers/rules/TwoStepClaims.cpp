#include "rules/TwoStepClaims.h"

#include <map>
#include <set>

#include "llvm/ADT/STLExtras.h"

#include "rules/Paths.h"
#include "sql/LeaseFacts.h"

namespace poolguard {

namespace {

class TwoStepClaims {
public:
  TwoStepClaims(const ProgramGraph &G, std::vector<Finding> &Findings) : G(G), Findings(Findings) {}

  unsigned run() {
    for (const StatementUse &Use : G.statements())
      if (Use.Facts)
        for (const sql::Statement &S : Use.Facts->Statements)
          statement(Use, S);
    for (const auto &[F, Updates] : Claims)
      for (const Claim &One : Updates)
        judge(F, One);
    return Seen;
  }

private:
  struct Claim {
    const StatementUse *By = nullptr;
    const LeaseTable *Of = nullptr;
  };

  const ProgramGraph &G;
  std::vector<Finding> &Findings;
  std::map<unsigned, std::vector<Claim>> Looks, Claims; // by function
  std::map<unsigned, std::vector<unsigned>> Locks;      // sites that lock by other means, by function
  std::set<Step> Reported;
  unsigned Seen = 0;

  void statement(const StatementUse &Use, const sql::Statement &S) {
    unsigned F = Use.TextAt.Function;
    bool Advisory = llvm::any_of(S.Functions, [](const std::string &Name) {
      return Name.find("advisory_lock") != std::string::npos || Name.find("advisory_xact_lock") != std::string::npos;
    });
    if (Advisory || S.Kind == sql::StatementKind::LockTable)
      Locks[F].push_back(Use.TextAt.Site);
    bool Picks = false;
    for (const sql::Query &Q : S.Queries) {
      const LeaseTable *L = Q.Kind == sql::StatementKind::Select ? sql::findLease(Q.Target, G.leases()) : nullptr;
      if (!L)
        continue;
      Picks = true;
      if (!S.Writes && Q.Locks.empty() && (Q.HasLimit || sql::asksWhetherFree(Q, *L)))
        Looks[F].push_back({&Use, L});
    }
    for (const sql::LeaseUse &Lease : sql::leaseUses(S, G.leases())) {
      if (!Lease.Claims || Lease.By->Kind != sql::StatementKind::Update)
        continue;
      ++Seen;
      if (!Picks && !sql::asksWhetherFree(*Lease.By, *Lease.Lease))
        Claims[F].push_back({&Use, Lease.Lease});
    }
  }

  void judge(unsigned F, const Claim &One) {
    unsigned Update = One.By->TextAt.Site;
    const StatementUse *Look = nullptr;
    for (const Claim &Candidate : Looks[F])
      if (Candidate.Of == One.Of && Candidate.By->TextAt.Site < Update)
        Look = Candidate.By;
    bool Locked = llvm::any_of(Locks[F], [&](unsigned Site) { return Site < Update; });
    if (!Look || Locked || !Reported.insert(One.By->TextAt).second)
      return;
    Finding Out;
    Out.Check = "poolguard-worker-pool-atomicity";
    Out.At = G.site(One.By->TextAt).At;
    Out.Function = G.function(F).Name;
    Out.Message =
        "this claims the row of '" + One.Of->Table +
        "' that an earlier SELECT found, without a lock and without asking whether it is still free: two "
        "workers find the same row, and both run the job; claim in one statement, with FOR UPDATE SKIP LOCKED "
        "in the subquery that picks the row";
    Out.Path.push_back({G.site(Look->TextAt).At, "the row is picked here"});
    for (Note &N : callNotes(G, One.By->Path, One.By->TextAt))
      Out.Path.push_back(std::move(N));
    Findings.push_back(std::move(Out));
  }
};

} // namespace

unsigned twoStepClaims(const ProgramGraph &G, std::vector<Finding> &Findings) {
  return TwoStepClaims(G, Findings).run();
}

} // namespace poolguard
