#include "rules/RetryInsideTransaction.h"

#include <set>

#include "rules/Paths.h"
#include "rules/RetryScopes.h"
#include "rules/Statements.h"

namespace poolguard {

namespace {

class RetryInsideTransaction {
public:
  RetryInsideTransaction(const ProgramGraph &G, std::vector<Finding> &Findings, RuleStats &Stats)
      : G(G), Retries(G.derived<RetryScopes>()), Opened(G.derived<Transactions>()), Findings(Findings), Stats(Stats) {}

  void run() {
    for (const StatementUse &Use : G.statements())
      for (const RetriedStatement &In : Retries.around(Use)) {
        ++Stats.SitesLookedAt;
        statement(Use, In);
      }
    for (const RetryScope &R : Retries.all())
      onParameter(R);
    if (Stats.SitesLookedAt == 0)
      Stats.WhyVacuous = Retries.all().empty()
                             ? "no function with the role 'runs' with 'in: retry' or 'retries' is used, and no "
                               "loop is a retry"
                             : "no statement runs in a retry";
  }

private:
  const ProgramGraph &G;
  const RetryScopes &Retries;
  const Transactions &Opened;
  std::vector<Finding> &Findings;
  RuleStats &Stats;
  std::set<Step> Reported;

  void statement(const StatementUse &Use, const RetriedStatement &In) {
    const RetryScope &R = *In.Retry;
    // How a function with the role `retries` retries, and whether all of its body, isn't known.
    if (R.K == RetryScope::Kind::Function)
      return;
    if (const Transactions::Opened *T = Opened.of(Use.Connection)) {
      if (T->What->Autocommit || R.Runs.count(T->In))
        return;
      bool InLoop = R.Loop && T->In == R.In && llvm::is_contained(T->What->Scopes, R.Index);
      if (!InLoop)
        report(R, In.Path, "the transaction '" + T->What->Name + "'",
               Note{T->What->At, "'" + T->What->Name + "' is opened here"});
      return;
    }
    if (Use.On == Lane::Tx && !In.InTransaction)
      report(R, In.Path, "the transaction that its caller opened", std::nullopt);
  }

  /// A statement on a transaction that the function with the loop was handed: whoever calls it.
  void onParameter(const RetryScope &R) {
    if (R.K != RetryScope::Kind::Loop)
      return;
    const Function &Fn = G.function(R.In);
    for (unsigned I = 0; I < Fn.Sites.size(); ++I) {
      const Site &S = Fn.Sites[I];
      const Declaration *D = G.callee(S);
      if (!Retries.isIn(R, {R.In, I}) || !D || !D->OnTransaction || !D->Roles->Executes ||
          S.Object.K != Value::Kind::Parameter || S.Object.Name != Fn.Usr || S.Object.Index == Value::This)
        continue;
      ++Stats.SitesLookedAt;
      report(R, {{R.In, I}}, "the transaction that it was handed", std::nullopt);
    }
  }

  void report(const RetryScope &R, const std::vector<Step> &Path, const std::string &Which, std::optional<Note> Where) {
    Step At = Path.back();
    if (!Reported.insert(At).second)
      return;
    Finding Out;
    Out.Check = "poolguard-retry-inside-transaction";
    Out.At = G.site(At).At;
    Out.Function = G.function(At.Function).Name;
    Out.Message =
        R.Name + " repeats this statement in " + Which +
        ", which is opened outside of it: the first error aborts the "
        "transaction, so every further attempt fails, and what ran before isn't done again; open, run and commit "
        "the whole transaction inside the retry";
    Out.Path.push_back(retryNote(R));
    if (Where)
      Out.Path.push_back(std::move(*Where));
    llvm::append_range(Out.Path, callNotes(G, R, Path, At));
    Findings.push_back(std::move(Out));
  }
};

} // namespace

void retryInsideTransaction(const ProgramGraph &Graph, std::vector<Finding> &Findings, RuleStats &Stats) {
  RetryInsideTransaction(Graph, Findings, Stats).run();
}

} // namespace poolguard
