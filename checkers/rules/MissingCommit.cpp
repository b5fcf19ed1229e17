#include "rules/MissingCommit.h"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"

#include "rules/OpenTransactions.h"
#include "rules/Paths.h"
#include "rules/TransactionUse.h"

namespace poolguard {

namespace {

class MissingCommit {
public:
  MissingCommit(const ProgramGraph &G, std::vector<Finding> &Findings, RuleStats &Stats)
      : G(G), Use(G.derived<ParameterUse>()), Findings(Findings), Stats(Stats) {}

  void run() {
    for (const StatementUse &S : G.statements()) {
      const Step Last = S.Path->last();
      Statements[Last].push_back(&S);
      bool Ends = !S.Facts; // who knows what it says
      if (S.Facts)
        for (const sql::Statement &One : S.Facts->Statements)
          Ends |= One.Kind == sql::StatementKind::Commit || One.Kind == sql::StatementKind::Rollback;
      if (Ends && G.roles(G.site(Last)).Executes->Sql)
        MayEnd.insert(Last);
    }
    noteTransactions();
    for (unsigned F = 0; F < G.functions().size(); ++F) {
      for (const CodeScope &Scope : G.function(F).Scopes)
        Stats.SitesLookedAt += Scope.K == CodeScope::Kind::Transaction;
      for (const FlowFact &Fact : G.function(F).Flow)
        if (Fact.K == FlowFact::Kind::EndsUncommitted)
          look(F, Fact);
        else if (Fact.K == FlowFact::Kind::ReturnsOpen)
          leftOpen(F, Fact);
    }
    if (Stats.SitesLookedAt == 0)
      Stats.WhyVacuous = "no object of a type with the role 'transaction' is used, and no BEGIN is sent as text";
  }

private:
  const ProgramGraph &G;
  const ParameterUse &Use;
  std::vector<Finding> &Findings;
  RuleStats &Stats;
  std::set<Step> MayEnd;
  std::map<Step, std::vector<const StatementUse *>> Statements; // by the site that sends them
  llvm::StringMap<std::vector<Step>> Naming; // by transaction: the sites whose object or arguments mention it

  void noteTransactions() {
    for (unsigned F = 0; F < G.functions().size(); ++F) {
      const Function &Fn = G.function(F);
      for (unsigned I = 0; I < Fn.Sites.size(); ++I) {
        auto Note = [&](const Value &V) {
          if (V.K != Value::Kind::Transaction)
            return;
          std::vector<Step> &Known = Naming[V.Name];
          if (Known.empty() || !(Known.back() == Step{F, I}))
            Known.push_back({F, I});
        };
        Fn.Sites[I].Object.forEach(Note);
        for (const Value &A : Fn.Sites[I].Arguments)
          A.forEach(Note);
      }
    }
  }

  /// Reports the first write on the transaction, unless something may commit it.
  void look(unsigned F, const FlowFact &Fact) {
    std::vector<Step> Writes;
    for (Step At : Naming[Fact.Entity])
      if (!harmless(At, Fact.Entity, Writes))
        return;
    if (Writes.empty() || triesTypes(Fact.Entity, Writes))
      return;
    Finding Out = start(F, Fact.At);
    Out.Message = "transaction '" + Fact.Name +
                  "' writes and is never committed: its destructor rolls the write back "
                  "without a word; call commit(), or abort() where that is meant";
    Out.Path.push_back({G.site(Writes.front()).At, "this writes"});
    Findings.push_back(std::move(Out));
  }

  /// Whether all that the transaction writes are types, each of which one of its statements then casts to: they are
  /// made to be tried, and are meant to go with it (libpqxx's own tests of composite types).
  bool triesTypes(const std::string &Entity, llvm::ArrayRef<Step> Writes) {
    std::set<std::string> Created, Used;
    for (Step At : Naming[Entity]) {
      const auto Sent = Statements.find(At);
      if (Sent == Statements.end()) {
        if (llvm::is_contained(Writes, At))
          return false; // a function that it is given to writes
        continue;
      }
      for (const StatementUse *S : Sent->second) {
        if (!S->Facts)
          return false;
        for (const sql::Statement &One : S->Facts->Statements) {
          Used.insert(One.CastsTo.begin(), One.CastsTo.end());
          if (!One.CreatesType.empty())
            Created.insert(One.CreatesType);
          else if (One.Writes)
            return false;
        }
      }
    }
    return !Created.empty() && std::includes(Used.begin(), Used.end(), Created.begin(), Created.end());
  }

  /// BEGIN as text, on a connection that goes on living.
  void leftOpen(unsigned F, const FlowFact &Fact) {
    Finding Out = start(F, Fact.Related);
    Out.Message = "this returns with the transaction on '" + Fact.Name +
                  "' open: its locks and its snapshot stay, and whoever uses the connection next runs in it without "
                  "knowing; send COMMIT or ROLLBACK on this path too";
    Out.Path.push_back({Fact.At, "the transaction is opened here"});
    Findings.push_back(std::move(Out));
  }

  Finding start(unsigned F, const Location &At) const {
    Finding Out;
    Out.Check = "poolguard-missing-commit";
    Out.At = At;
    Out.Function = G.function(F).Name;
    return Out;
  }

  /// Whether what stands there can't end the transaction; adds it to `Writes` if it writes.
  bool harmless(Step At, const std::string &Entity, std::vector<Step> &Writes) const {
    const Site &S = G.site(At);
    const bool OnIt = mentionsTransaction(S.Object, Entity);
    bool Given = false;
    for (const Value &A : S.Arguments)
      Given |= mentionsTransaction(A, Entity);
    if (!OnIt && !Given)
      return true;
    const FunctionRoles &Roles = G.roles(S);
    if (Roles.EndsTransaction)
      return false;
    if (Roles.Executes) {
      if (Use.writes(At))
        Writes.push_back(At);
      return !MayEnd.count(At);
    }
    if (!Given)
      return true; // a method of the transaction that no role says ends it
    const std::string Callee = calleeName(G, S);
    llvm::StringRef Name = Callee;
    auto [Scope, Member] = Name.rsplit("::");
    if (Name.starts_with("pqxx::"))
      return true;
    // An object that keeps the transaction may end it later.
    if (S.Callee.empty() || Scope == Member || Scope.ends_with("::" + Member.str()))
      return false;
    bool Followed = false;
    for (const Edge &E : G.edges(At.Function)) {
      if (E.Creates || !(E.Steps->At == At))
        continue;
      Followed = true;
      for (int I = Value::This; I < static_cast<int>(E.Arguments.size()); ++I) {
        if (!mentionsTransaction(I == Value::This ? E.Object : E.Arguments[I], Entity))
          continue;
        unsigned Does = Use.of(E.Target, I);
        if (Does & (ParameterUse::Ends | ParameterUse::HandedOut))
          return false;
        if (Does & ParameterUse::Writes)
          Writes.push_back(At);
      }
    }
    return Followed;
  }
};

} // namespace

void missingCommit(const ProgramGraph &Graph, std::vector<Finding> &Findings, RuleStats &Stats) {
  MissingCommit(Graph, Findings, Stats).run();
}

} // namespace poolguard
