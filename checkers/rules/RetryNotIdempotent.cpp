#include "rules/RetryNotIdempotent.h"

#include <set>

#include "llvm/ADT/STLExtras.h"

#include "rules/Paths.h"
#include "rules/RetryScopes.h"
#include "rules/Statements.h"
#include "sql/LeaseFacts.h"

namespace poolguard {

namespace {

class RetryNotIdempotent {
public:
  RetryNotIdempotent(const ProgramGraph &G, std::vector<Finding> &Findings, RuleStats &Stats)
      : G(G), Retries(G.derived<RetryScopes>()), Opened(G.derived<Transactions>()), Findings(Findings), Stats(Stats) {}

  void run() {
    for (const StatementUse &Use : G.statements())
      if (Use.Facts)
        statement(Use);
    if (Stats.SitesLookedAt == 0)
      Stats.WhyVacuous = Retries.all().empty()
                             ? "no function with the role 'runs' with 'in: retry' or 'retries' is used, and no "
                               "loop is a retry"
                             : "no statement that writes runs in a retry";
  }

private:
  const ProgramGraph &G;
  const RetryScopes &Retries;
  const Transactions &Opened;
  std::vector<Finding> &Findings;
  RuleStats &Stats;
  std::set<Step> Reported;

  /// A key that the caller chose: done twice, the second INSERT fails.
  static bool isCallersKey(const sql::Assignment &A) {
    if (A.Value.Kind != sql::OperandKind::Parameter && A.Value.Kind != sql::OperandKind::Constant)
      return false;
    llvm::StringRef C = A.Column;
    return C.equals_insensitive("id") || C.equals_insensitive("uuid") || C.equals_insensitive("key") ||
           C.ends_with_insensitive("_key") || C.ends_with_insensitive("_uuid") || C.contains_insensitive("idempoten") ||
           C.contains_insensitive("dedup") || C.equals_insensitive("request_id") || C.equals_insensitive("event_id") ||
           C.equals_insensitive("message_id");
  }

  static bool readsItsTarget(const sql::Statement &S, const sql::Query &Insert) {
    return llvm::any_of(S.Queries, [&](const sql::Query &Q) {
      return Q.Kind == sql::StatementKind::Select && llvm::is_contained(Q.Reads, Insert.Target);
    });
  }

  /// Why the statement isn't safe to repeat; empty when it may be.
  static std::string unsafe(const sql::Statement &S) {
    for (const sql::Query &Q : S.Queries) {
      if (Q.Kind == sql::StatementKind::Insert && !Q.OnConflict && !Q.Set.empty() &&
          !llvm::any_of(Q.Set, isCallersKey) && !readsItsTarget(S, Q))
        return "inserts into '" + Q.Target.Name + "' without ON CONFLICT or a key of its own";
      if (Q.Kind != sql::StatementKind::Update)
        continue;
      for (const sql::Assignment &A : Q.Set) {
        bool CountsOn = A.Value.Kind == sql::OperandKind::Expression && llvm::is_contained(A.Value.Columns, A.Column);
        if (CountsOn && !guardedByWhatItSets(Q))
          return "counts '" + A.Column + "' of '" + Q.Target.Name + "' on from what it finds";
      }
    }
    return {};
  }

  /// A condition that doesn't hold any more once the statement was done: `SET status = 'done' WHERE status = 'active'`,
  /// `SET version = version + 1 WHERE version = $1`.
  static bool guardedByWhatItSets(const sql::Query &Q) {
    return llvm::any_of(Q.Where, [&](const sql::Predicate &P) {
      return !P.UnderOr && llvm::any_of(Q.Set, [&](const sql::Assignment &A) {
        return A.Column == P.Column && A.Value.Text != P.Right.Text;
      });
    });
  }

  void statement(const StatementUse &Use) {
    bool Writes = llvm::any_of(Use.Facts->Statements, [](const sql::Statement &S) { return S.Writes; });
    std::vector<RetriedStatement> Around = Writes ? Retries.around(Use) : std::vector<RetriedStatement>();
    if (Around.empty())
      return;
    ++Stats.SitesLookedAt;
    std::string Why;
    for (const sql::Statement &S : Use.Facts->Statements)
      if (Why.empty())
        Why = unsafe(S);
    if (Why.empty() || Use.Facts->Partial)
      return;
    for (const RetriedStatement &In : Around)
      if (mayHaveBeenDone(Use, In)) {
        report(Use, In, Why);
        return;
      }
  }

  /// Whether the retry repeats the statement although the first attempt may have been done.
  bool mayHaveBeenDone(const StatementUse &Use, const RetriedStatement &In) const {
    const RetryScope &R = *In.Retry;
    if (R.Loop)
      return !R.Loop->UnknownOutcome.empty();
    // A function with a role says nothing of what it takes; only a statement that commits on its own is surely at risk.
    return autocommits(Use);
  }

  bool autocommits(const StatementUse &Use) const {
    if (Opened.mayBeInCallback(Use))
      return false;
    const Transactions::Opened *T = Opened.of(Use.Connection);
    if (T)
      return T->What->Autocommit;
    // The lane is that of a pool or engine: every statement of it is a transaction of its own.
    return (Use.On == Lane::Transaction || Use.On == Lane::Session) && Use.Runs && !Use.Runs->OnTransaction;
  }

  void report(const StatementUse &Use, const RetriedStatement &In, const std::string &Why) {
    if (!Reported.insert(Use.TextAt).second)
      return;
    const RetryScope &R = *In.Retry;
    Finding Out;
    Out.Check = "poolguard-retry-not-idempotent";
    Out.At = G.site(Use.TextAt).At;
    Out.Function = G.function(Use.TextAt.Function).Name;
    bool Named = R.Loop && !R.Loop->UnknownOutcome.empty();
    Out.Message =
        "this statement " + Why + ", and " + R.Name + " repeats it" +
        (Named ? " on '" + R.Loop->UnknownOutcome + "', which leaves open whether the server did the work" : "") +
        ": when only the answer was lost, the write is done twice; make it safe to repeat, with a key and ON "
        "CONFLICT, or don't retry what may have been done";
    Out.Path.push_back(retryNote(R));
    llvm::append_range(Out.Path, callNotes(G, R, In.Path, Use.TextAt));
    Findings.push_back(std::move(Out));
  }
};

} // namespace

void retryNotIdempotent(const ProgramGraph &Graph, std::vector<Finding> &Findings, RuleStats &Stats) {
  RetryNotIdempotent(Graph, Findings, Stats).run();
}

} // namespace poolguard
