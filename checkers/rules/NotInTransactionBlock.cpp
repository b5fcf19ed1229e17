#include "rules/NotInTransactionBlock.h"

#include <map>

#include "rules/OpenTransactions.h"
#include "rules/Paths.h"
#include "rules/Statements.h"

namespace poolguard {

namespace {

class NotInTransactionBlock {
public:
  NotInTransactionBlock(const ProgramGraph &G, std::vector<Finding> &Findings, RuleStats &Stats)
      : G(G), Open(G.derived<OpenTransactions>()), Opened(G.derived<Transactions>()), Findings(Findings), Stats(Stats) {
  }

  void run() {
    for (const SiteInTransaction &S : Open.sites())
      if (S.Statement == SiteInTransaction::Runs::OnIt)
        InTransaction.try_emplace(S.At, &S);
    for (const StatementUse &Use : G.statements()) {
      if (!Use.Facts || Use.Facts->Statements.empty())
        continue;
      const Step Last = Use.Path->last();
      ++Stats.SitesLookedAt;
      const bool Single = Use.Facts->Statements.size() == 1;
      if (auto At = InTransaction.find(Last); At != InTransaction.end())
        refused(Use, *At->second);
      else if (Single)
        meaningless(Use, Last);
      if (Single)
        onItsOwn(Use, Last);
    }
    if (Stats.SitesLookedAt == 0)
      Stats.WhyVacuous = "no statement (role 'executes') whose text is known";
  }

private:
  const ProgramGraph &G;
  const OpenTransactions &Open;
  const Transactions &Opened;
  std::vector<Finding> &Findings;
  RuleStats &Stats;
  std::map<Step, const SiteInTransaction *> InTransaction;

  Finding start(Step At) const {
    Finding Out;
    Out.Check = "poolguard-not-in-transaction-block";
    Out.At = G.site(At).At;
    Out.Function = G.function(At.Function).Name;
    return Out;
  }

  void refused(const StatementUse &Use, const SiteInTransaction &S) {
    for (const sql::Statement &One : Use.Facts->Statements) {
      if (!One.NotInTransactionBlock)
        continue;
      Finding Out = start(Use.TextAt);
      Out.Message =
          "this statement can't run in a transaction block, and " + transactionName(*S.In) +
          " is open: PostgreSQL refuses it (25001), and the transaction is lost with it; run it in autocommit "
          "(with libpqxx, on a 'pqxx::nontransaction')";
      Out.Path = transactionNotes(G, S);
      Findings.push_back(std::move(Out));
      return;
    }
  }

  /// The statement's object, when it is a transaction object of this function in which every statement commits on its
  /// own.
  const CodeScope *autocommit(Step At) const {
    const Site &S = G.site(At);
    const Function &Fn = G.function(At.Function);
    Value On = statementConnection(S, *G.roles(S).Executes);
    for (unsigned Index : S.Scopes) {
      const CodeScope &Scope = Fn.Scopes[Index];
      if (Scope.K == CodeScope::Kind::Transaction && Scope.Autocommit && On.K == Value::Kind::Transaction &&
          On.Name == Scope.Entity)
        return &Scope;
    }
    return nullptr;
  }

  static std::string uselessInAutocommit(const sql::Statement &S) {
    if (S.Local)
      return "SET LOCAL";
    if (S.Kind == sql::StatementKind::LockTable)
      return "LOCK TABLE";
    if (S.Kind == sql::StatementKind::DeclareCursor && S.Session.empty())
      return "DECLARE";
    if (S.Kind != sql::StatementKind::Select || S.Writes)
      return {};
    for (const sql::Query &Q : S.Queries)
      for (const sql::RowLock &Lock : Q.Locks)
        return Lock.ForUpdate ? "FOR UPDATE" : "FOR SHARE";
    return {};
  }

  void meaningless(const StatementUse &Use, Step At) {
    const CodeScope *Scope = autocommit(At);
    if (!Scope)
      return;
    std::string What = uselessInAutocommit(Use.Facts->Statements[0]);
    if (What.empty())
      return;
    Finding Out = start(Use.TextAt);
    Out.Message = "'" + What + "' in autocommit, on '" + Scope->Name +
                  "': its effect ends with the statement itself, so it "
                  "protects nothing that comes after; run it in a transaction with the statements that need it";
    Out.Path.push_back({Scope->At, "'" + Scope->Name + "' commits every statement on its own"});
    Findings.push_back(std::move(Out));
  }

  /// The role says that each call commits on its own; one that is known to be in a transaction is another's overrider.
  void onItsOwn(const StatementUse &Use, Step At) {
    if (!G.roles(G.site(At)).Executes->Autocommit || Use.On == Lane::Tx || Opened.mayBeInCallback(Use) ||
        Opened.of(Use.Connection))
      return;
    const sql::Statement &S = Use.Facts->Statements[0];
    const std::string By = "'" + calleeName(G, G.site(At)) + "'";
    Finding Out = start(Use.TextAt);
    if (S.Kind == sql::StatementKind::Begin)
      Out.Message = "this opens a transaction with " + By +
                    ", of which every call may take another connection: what follows is not in it, and the "
                    "connection goes back with the transaction open; run the statements in a transaction of one "
                    "connection";
    else if (std::string What = uselessInAutocommit(S); !What.empty())
      Out.Message = "'" + What + "' in autocommit, by " + By +
                    ": its effect ends with the statement itself, so it protects nothing that comes after; run it in "
                    "a transaction with the statements that need it";
    else
      return;
    Out.Path = callNotes(G, Use.Path, Use.TextAt);
    Findings.push_back(std::move(Out));
  }
};

} // namespace

void notInTransactionBlock(const ProgramGraph &Graph, std::vector<Finding> &Findings, RuleStats &Stats) {
  NotInTransactionBlock(Graph, Findings, Stats).run();
}

} // namespace poolguard
