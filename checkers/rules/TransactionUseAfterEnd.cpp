#include "rules/TransactionUseAfterEnd.h"

#include "rules/Paths.h"
#include "rules/TransactionUse.h"

namespace poolguard {

namespace {

class TransactionUseAfterEnd {
public:
  TransactionUseAfterEnd(const ProgramGraph &G, std::vector<Finding> &Findings, RuleStats &Stats)
      : G(G), Use(G.derived<ParameterUse>()), Findings(Findings), Stats(Stats) {}

  void run() {
    for (unsigned F = 0; F < G.functions().size(); ++F) {
      for (const Site &S : G.function(F).Sites)
        Stats.SitesLookedAt += G.roles(S).EndsTransaction.has_value();
      for (const FlowFact &Fact : G.function(F).Flow)
        if (Fact.K == FlowFact::Kind::StatementAfterEnd)
          look(F, Fact);
    }
    if (Stats.SitesLookedAt == 0)
      Stats.WhyVacuous = "nothing with the role 'ends-transaction' is called";
  }

private:
  const ProgramGraph &G;
  const ParameterUse &Use;
  std::vector<Finding> &Findings;
  RuleStats &Stats;

  void look(unsigned F, const FlowFact &Fact) {
    const Site &S = G.site({F, Fact.Site});
    const FunctionRoles &Roles = G.roles(S);
    if (Roles.Executes) {
      int Connection =
          Roles.Executes->ConnectionArgument ? static_cast<int>(*Roles.Executes->ConnectionArgument) : FlowFact::Object;
      if (Connection == Fact.Argument)
        report(F, Fact, S, {});
      return;
    }
    if (std::optional<std::vector<Step>> Path = Use.below({F, Fact.Site}, Fact.Argument, ParameterUse::Executes))
      report(F, Fact, S, *Path);
  }

  /// What libpqxx does with a statement on a transaction that has ended.
  std::string consequence(const Site &Statement) const {
    const std::string Callee = calleeName(G, Statement);
    llvm::StringRef Name = Callee;
    if (!Name.starts_with("pqxx::"))
      return "it isn't part of the transaction any more";
    llvm::StringRef Member = Name.rsplit("::").second;
    if (Member.starts_with("exec_p") || (Member == "exec" && Statement.Arguments.size() > 1))
      return "libpqxx doesn't look at the transaction's state here and runs it in autocommit";
    return "libpqxx throws 'pqxx::usage_error', or runs it in autocommit where it is given parameters";
  }

  void report(unsigned F, const FlowFact &Fact, const Site &S, const std::vector<Step> &Path) {
    const Site &Statement = Path.empty() ? S : G.site(Path.back());
    Finding Out;
    Out.Check = "poolguard-transaction-use-after-end";
    Out.At = Fact.At;
    Out.Function = G.function(F).Name;
    Out.Message = Path.empty() ? "statement on transaction '" + Fact.Name + "', which has ended"
                               : "'" + calleeName(G, S) + "' runs a statement on transaction '" + Fact.Name +
                                     "', which has ended";
    Out.Message += ": " + consequence(Statement) +
                   ", so nothing undoes it; run it before the end, or open a transaction of its own";
    Out.Path.push_back({Fact.Related, "'" + Fact.Name + "' ends here"});
    llvm::append_range(Out.Path, callNotes(G, Path, {F, Fact.Site}));
    Findings.push_back(std::move(Out));
  }
};

} // namespace

void transactionUseAfterEnd(const ProgramGraph &Graph, std::vector<Finding> &Findings, RuleStats &Stats) {
  TransactionUseAfterEnd(Graph, Findings, Stats).run();
}

} // namespace poolguard
