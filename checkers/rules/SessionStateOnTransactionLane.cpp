#include "rules/SessionStateOnTransactionLane.h"

#include <set>

#include "llvm/ADT/StringSwitch.h"

#include "rules/Paths.h"
#include "rules/Statements.h"

namespace poolguard {

namespace {

/// What is wrong, and what will happen, by the kind of state.
struct Words {
  const char *What, *Happens, *Do;
};

Words wordsFor(sql::SessionState State) {
  switch (State) {
  case sql::SessionState::Set:
    return {"sets a setting of the session", "the next statement may run without it, and another client gets it",
            "use SET LOCAL inside the transaction that needs it"};
  case sql::SessionState::SetRole:
    return {"changes the session's role", "another client goes on with these rights",
            "use SET LOCAL ROLE in a transaction"};
  case sql::SessionState::Listen:
    return {"listens on a channel", "the notifications go to whoever has that server connection next",
            "listen on a connection of the session lane"};
  case sql::SessionState::Prepare:
    return {"keeps a prepared statement in the session", "the next transaction may run where it doesn't exist",
            "send the statement with its parameters, or use the session lane"};
  case sql::SessionState::HoldCursor:
    return {"keeps a cursor over the end of the transaction", "the next FETCH may run where it doesn't exist",
            "read it to its end in one transaction, or use the session lane"};
  case sql::SessionState::TempRelation:
    return {"makes a temporary relation that outlives the transaction",
            "the next statement may not see it, and another client meets it",
            "make it ON COMMIT DROP in the transaction"};
  case sql::SessionState::Load:
    return {"loads a library into the session", "the next statement may run without it",
            "load it with session_preload_libraries, or use the session lane"};
  case sql::SessionState::AdvisoryLock:
    return {"uses a session-level advisory lock",
            "the unlock may run in another session, so that the lock is never released",
            "take it for a transaction, with pg_advisory_xact_lock, or use the session lane"};
  case sql::SessionState::SequenceState:
    return {"asks what the session drew from a sequence last", "the answer may be another client's",
            "use RETURNING in the statement that inserts"};
  case sql::SessionState::Discard:
    return {"discards the state of the session", "it may be another client's", "use the session lane"};
  }
  return {};
}

/// What the role `session-state` names.
sql::SessionState stateOf(llvm::StringRef Word) {
  return llvm::StringSwitch<sql::SessionState>(Word)
      .Case("set-role", sql::SessionState::SetRole)
      .Case("listen", sql::SessionState::Listen)
      .Case("prepare", sql::SessionState::Prepare)
      .Case("hold-cursor", sql::SessionState::HoldCursor)
      .Case("temp-relation", sql::SessionState::TempRelation)
      .Case("load", sql::SessionState::Load)
      .Case("advisory-lock", sql::SessionState::AdvisoryLock)
      .Case("sequence-state", sql::SessionState::SequenceState)
      .Case("discard", sql::SessionState::Discard)
      .Default(sql::SessionState::Set);
}

/// Settings that the protocol reports to the client: PgBouncer sets them on whatever server connection the client is
/// given (docs/pooler-conformance.md).
bool followsItsClient(const sql::SessionUse &Use) {
  if (Use.State != sql::SessionState::Set)
    return false;
  for (const char *Name : {"timezone", "datestyle", "client_encoding", "standard_conforming_strings"})
    if (llvm::StringRef(Use.Detail).equals_insensitive(Name))
      return true;
  return false;
}

class SessionStateOnTransactionLane {
public:
  SessionStateOnTransactionLane(const ProgramGraph &G, std::vector<Finding> &Findings, RuleStats &Stats)
      : G(G), Opened(G.derived<Transactions>()), Findings(Findings), Stats(Stats) {}

  void run() {
    for (const StatementUse &Use : G.statements())
      noteResets(Use);
    for (const StatementUse &Use : G.statements())
      statement(Use);
    for (const LaneUse &Use : G.laneUses())
      call(Use);
    if (Stats.SitesLookedAt == 0)
      Stats.WhyVacuous =
          "no statement needs state of the session, and no function with the role 'session-state' is called";
  }

private:
  const ProgramGraph &G;
  const Transactions &Opened;
  std::vector<Finding> &Findings;
  RuleStats &Stats;
  std::set<Step> Reported;
  std::set<std::pair<unsigned, std::string>> Resets; // function, setting; "" is everything
  bool PoolResets = false;                           // what hands connections back resets all of the session

  static llvm::StringRef textAt(const StatementUse &Use, const sql::SessionUse &State) {
    return llvm::StringRef(Use.Text.Name).substr(State.Offset, State.Length);
  }

  static bool isReset(const StatementUse &Use, const sql::SessionUse &State) {
    return State.State == sql::SessionState::Discard || textAt(Use, State).starts_with_insensitive("reset") ||
           textAt(Use, State).starts_with_insensitive("unlisten") ||
           textAt(Use, State).starts_with_insensitive("deallocate");
  }

  static std::string all(const sql::SessionUse &State) {
    return State.Detail == "all" || State.Detail == "*" ? "" : State.Detail;
  }

  void noteResets(const StatementUse &Use) {
    if (!Use.Facts)
      return;
    for (const sql::Statement &S : Use.Facts->Statements)
      for (const sql::SessionUse &State : S.Session) {
        if (!isReset(Use, State))
          continue;
        std::string Setting = all(State);
        for (const Chain *C = Use.Path; C; C = C->Next) {
          Resets.insert({C->At.Function, Setting});
          PoolResets |= Setting.empty() && handsBack(C->At.Function);
        }
      }
  }

  bool handsBack(unsigned F) const {
    const Declaration *D = G.declarationOf(F);
    return D && D->Roles->Releases;
  }

  /// SET in a factory holds for the connection's life, and one that is reset leaks nothing.
  bool isCared(const Chain *Path, sql::SessionState State, const std::string &Setting) const {
    if (State == sql::SessionState::AdvisoryLock || State == sql::SessionState::SequenceState)
      return false;
    for (const Chain *C = Path; C; C = C->Next) {
      unsigned F = C->At.Function;
      const Declaration *D = G.declarationOf(F);
      if (G.function(F).MakesConnection || (D && D->Roles->Returns))
        return true;
      if (Resets.count({F, ""}) || (!Setting.empty() && Resets.count({F, Setting})))
        return true;
    }
    return PoolResets;
  }

  void statement(const StatementUse &Use) {
    if (!Use.Facts)
      return;
    for (const sql::Statement &S : Use.Facts->Statements)
      for (const sql::SessionUse &State : S.Session) {
        ++Stats.SitesLookedAt;
        if (Opened.laneBelow(Use) != Lane::Transaction || isReset(Use, State) || followsItsClient(State) ||
            isCared(Use.Path, State.State, State.Detail))
          continue;
        if (!Reported.insert(Use.TextAt).second)
          continue;
        Words W = wordsFor(State.State);
        Finding Out = start(Use.TextAt);
        bool InTransaction = Opened.surelyIn(Use);
        Out.Message = "'" + textAt(Use, State).str() + "' " + W.What +
                      " on the transaction lane: the pooler lends the session for one "
                      "transaction, so " +
                      W.Happens + "; " + W.Do;
        Out.Path = callNotes(G, Use.Path, Use.TextAt);
        if (InTransaction)
          fix(Use, State, Out);
        Findings.push_back(std::move(Out));
      }
  }

  /// Inside a transaction the form that ends with it is the one right answer.
  void fix(const StatementUse &Use, const sql::SessionUse &State, Finding &Out) const {
    llvm::StringRef Written = textAt(Use, State);
    auto Replace = [&](unsigned Offset, unsigned Length, llvm::StringRef With) {
      if (std::optional<Edit> E = editText(G, Use, Offset, Length, With))
        Out.Fixes.push_back(std::move(*E));
    };
    switch (State.State) {
    case sql::SessionState::Set:
    case sql::SessionState::SetRole:
      if (State.Argument)
        Replace(State.Argument->Offset, State.Argument->Length, "true");
      else if (Written.ends_with_insensitive("transaction"))
        Replace(State.Offset, State.Length, "SET TRANSACTION");
      else if (!Written.equals_insensitive("set session") && !Written.equals_insensitive("set"))
        return;
      else if (State.Detail != "session_authorization")
        Replace(State.Offset, State.Length, Written[0] == 's' ? "set local" : "SET LOCAL");
      return;
    case sql::SessionState::AdvisoryLock: {
      llvm::StringRef Name = Written;
      size_t At = Name.find_insensitive("advisory_lock");
      if (At == llvm::StringRef::npos)
        return; // an unlock: there is nothing left to unlock, which only a person can delete
      Replace(State.Offset + At, llvm::StringRef("advisory_lock").size(), "advisory_xact_lock");
      return;
    }
    default: return;
    }
  }

  void call(const LaneUse &Use) {
    if (!Use.Runs || !Use.Runs->Roles->SessionState)
      return;
    ++Stats.SitesLookedAt;
    const Step Last = Use.Path->last();
    sql::SessionState State = stateOf(*Use.Runs->Roles->SessionState);
    if (Use.On != Lane::Transaction || isCared(Use.Path, State, "") || !Reported.insert(Last).second)
      return;
    Words W = wordsFor(State);
    Finding Out = start(Last);
    Out.Message = "'" + Use.Runs->Name + "' " + W.What +
                  " on the transaction lane: the pooler lends the session for one "
                  "transaction, so " +
                  W.Happens + "; " + W.Do;
    Out.Path = callNotes(G, Use.Path, Last);
    Findings.push_back(std::move(Out));
  }

  Finding start(Step At) const {
    Finding Out;
    Out.Check = "poolguard-session-state-on-transaction-lane";
    Out.At = G.site(At).At;
    Out.Function = G.function(At.Function).Name;
    return Out;
  }
};

} // namespace

void sessionStateOnTransactionLane(const ProgramGraph &Graph, std::vector<Finding> &Findings, RuleStats &Stats) {
  SessionStateOnTransactionLane(Graph, Findings, Stats).run();
}

} // namespace poolguard
