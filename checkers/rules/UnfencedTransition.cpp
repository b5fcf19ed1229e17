#include "rules/UnfencedTransition.h"

#include <set>

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringSet.h"

#include "rules/Paths.h"
#include "sql/LeaseFacts.h"

namespace poolguard {

namespace {

class UnfencedTransition {
public:
  UnfencedTransition(const ProgramGraph &G, std::vector<Finding> &Findings, RuleStats &Stats)
      : G(G), Findings(Findings), Stats(Stats) {}

  void run() {
    for (const StatementUse &Use : G.statements())
      if (Use.Facts)
        for (const sql::Statement &S : Use.Facts->Statements)
          for (const sql::LeaseUse &Lease : sql::leaseUses(S, G.leases()))
            if (Lease.Claims)
              noteHeldStates(Lease);
    for (const StatementUse &Use : G.statements())
      if (Use.Facts)
        statement(Use);
    if (Stats.SitesLookedAt == 0)
      Stats.WhyVacuous = G.leases().empty() ? "no lease table is declared ('leases:' in .poolguard.yaml)"
                                            : "no statement changes or deletes a row of '" + G.leases().front().Table +
                                                  "', or it has no 'epoch' to match";
  }

private:
  const ProgramGraph &G;
  std::vector<Finding> &Findings;
  RuleStats &Stats;
  std::set<Step> Reported;
  llvm::StringMap<llvm::StringSet<>> HeldStates; // by table: what a claim sets the state to

  void noteHeldStates(const sql::LeaseUse &Lease) {
    for (const sql::Assignment &A : Lease.By->Set)
      if (llvm::StringRef(A.Column).equals_insensitive(Lease.Lease->State) &&
          A.Value.Kind == sql::OperandKind::Constant)
        HeldStates[Lease.Lease->Table].insert(A.Value.Text);
  }

  /// Whether a row in that state may be somebody's: what the claims say, or where there is none the usual words.
  bool mayBeHeld(const LeaseTable &Lease, llvm::StringRef State) const {
    auto Known = HeldStates.find(Lease.Table);
    if (Known != HeldStates.end())
      return Known->second.contains(State);
    for (const char *Word : {"active", "running", "processing", "progress", "claimed", "locked", "leased", "working",
                             "started", "executing", "taken"})
      if (State.contains_insensitive(Word))
        return true;
    return false;
  }

  /// The condition names only states in which nobody holds the row.
  bool onlyFreeRows(const sql::LeaseUse &Lease) const {
    for (const sql::Predicate &P : Lease.By->Where) {
      if (P.UnderOr || P.OtherTable || P.InExpression || P.Right.Kind != sql::OperandKind::Constant ||
          !llvm::StringRef(P.Column).equals_insensitive(Lease.Lease->State) || (P.Op != "=" && P.Op != "in"))
        continue;
      llvm::SmallVector<llvm::StringRef, 4> States;
      llvm::StringRef(P.Right.Text).split(States, ", ");
      if (llvm::none_of(States, [&](llvm::StringRef S) { return mayBeHeld(*Lease.Lease, S); }))
        return true;
    }
    return false;
  }

  void statement(const StatementUse &Use) {
    for (const sql::Statement &S : Use.Facts->Statements)
      for (const sql::LeaseUse &Lease : sql::leaseUses(S, G.leases())) {
        if (Lease.Lease->Epoch.empty() || !Lease.Transitions)
          continue;
        ++Stats.SitesLookedAt;
        if (Lease.Fenced || Lease.Reaps || Lease.Claims || onlyFreeRows(Lease))
          continue;
        // A whole table is emptied by tests and migrations, which no worker survives anyway; old rows by a clean-up.
        if (Lease.By->Kind == sql::StatementKind::Delete && (!Lease.By->HasWhere || onlyOldRows(*Lease.By)))
          continue;
        // A part of the condition that isn't known may be the fence.
        if (Use.Facts->Partial && !matchesOneRow(*Lease.By))
          continue;
        report(Use, Lease);
      }
  }

  /// `done_at < now() - interval '7 days'`
  static bool onlyOldRows(const sql::Query &Q) {
    return llvm::any_of(Q.Where, [](const sql::Predicate &P) {
      return (P.Op == "<" || P.Op == "<=") && P.Right.Kind == sql::OperandKind::Now && !P.UnderOr && !P.OtherTable &&
             !P.InExpression;
    });
  }

  static bool matchesOneRow(const sql::Query &Q) {
    return llvm::any_of(Q.Where, [](const sql::Predicate &P) { return P.Op == "=" && !P.UnderOr; });
  }

  void report(const StatementUse &Use, const sql::LeaseUse &Lease) {
    if (!Reported.insert(Use.TextAt).second)
      return;
    Finding Out;
    Out.Check = "poolguard-unfenced-transition";
    Out.At = G.site(Use.TextAt).At;
    Out.Function = G.function(Use.TextAt.Function).Name;
    bool Deletes = Lease.By->Kind == sql::StatementKind::Delete;
    Out.Message = std::string("this statement ") +
                  (Deletes        ? "deletes"
                   : Lease.Renews ? "renews"
                                  : "changes") +
                  (Lease.Renews ? " a lease of '" : " a leased row of '") + Lease.Lease->Table +
                  "' without matching '" + Lease.Lease->Epoch +
                  "': a worker whose lease ran out will overwrite what the next owner does; add '" +
                  Lease.Lease->Epoch + " = ' with the epoch of the claim to its WHERE, and look at the number of rows";
    Out.Path = callNotes(G, Use.Path, Use.TextAt);
    Findings.push_back(std::move(Out));
  }
};

} // namespace

void unfencedTransition(const ProgramGraph &Graph, std::vector<Finding> &Findings, RuleStats &Stats) {
  UnfencedTransition(Graph, Findings, Stats).run();
}

} // namespace poolguard
