#include "rules/ConnectionOutlivesTransaction.h"

#include "rules/Paths.h"
#include "rules/TransactionUse.h"

namespace poolguard {

namespace {

class ConnectionOutlivesTransaction {
public:
  ConnectionOutlivesTransaction(const ProgramGraph &G, std::vector<Finding> &Findings, RuleStats &Stats)
      : G(G), Use(G.derived<ParameterUse>()), Findings(Findings), Stats(Stats) {}

  void run() {
    for (unsigned F = 0; F < G.functions().size(); ++F) {
      const Function &Fn = G.function(F);
      for (const CodeScope &Scope : Fn.Scopes)
        Stats.SitesLookedAt += Scope.K == CodeScope::Kind::Transaction;
      for (const FlowFact &Fact : Fn.Flow)
        if (Fact.K == FlowFact::Kind::ReleasedWithTransaction)
          look(F, Fact);
    }
    if (Stats.SitesLookedAt == 0)
      Stats.WhyVacuous = "no object of a type with the role 'transaction' is used";
  }

private:
  const ProgramGraph &G;
  const ParameterUse &Use;
  std::vector<Finding> &Findings;
  RuleStats &Stats;

  void look(unsigned F, const FlowFact &Fact) {
    if (Fact.Argument == FlowFact::Dies)
      return report(F, Fact, "the handle of the connection is destroyed before transaction '" + Fact.Name + "' on it",
                    {}, "declare the handle before the transaction, so that it is destroyed after it");
    const Site &S = G.site({F, Fact.Site});
    const FunctionRoles &Roles = G.roles(S);
    std::optional<std::vector<Step>> Path;
    if (Roles.Releases == Fact.Argument)
      Path.emplace();
    else
      Path = Use.below({F, Fact.Site}, Fact.Argument, ParameterUse::Releases);
    if (Path)
      report(F, Fact,
             "'" + calleeName(G, S) + "' hands the connection back while transaction '" + Fact.Name + "' on it is open",
             *Path, "commit or abort first, or end the transaction's scope");
  }

  void report(unsigned F, const FlowFact &Fact, std::string What, const std::vector<Step> &Path,
              const std::string &Remedy) {
    Finding Out;
    Out.Check = "poolguard-connection-outlives-transaction";
    Out.At = Fact.At;
    Out.Function = G.function(F).Name;
    Out.Message = std::move(What) +
                  ": whoever gets the connection next works inside that transaction, or on a connection "
                  "that is gone; " +
                  Remedy;
    Out.Path.push_back({Fact.Related, "transaction '" + Fact.Name + "' is opened here"});
    llvm::append_range(Out.Path, callNotes(G, Path, {F, Fact.Site}));
    Findings.push_back(std::move(Out));
  }
};

} // namespace

void connectionOutlivesTransaction(const ProgramGraph &Graph, std::vector<Finding> &Findings, RuleStats &Stats) {
  ConnectionOutlivesTransaction(Graph, Findings, Stats).run();
}

} // namespace poolguard
