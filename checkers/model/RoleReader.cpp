//===- RoleReader.cpp - Role keys to roles --------------------------------===//

#include "model/RoleReader.h"

#include "llvm/ADT/StringExtras.h"

namespace poolguard {

using llvm::StringRef;

namespace {

constexpr unsigned MaxAttempts = 1000000;

// In the order of their Lane values below.
constexpr StringRef LaneWords[] = {"transaction", "session", "tx", "connection"};
constexpr Lane Lanes[] = {Lane::Transaction, Lane::Session, Lane::Tx, Lane::Connection};

constexpr StringRef ScopeWords[] = {"transaction", "retry", "thread", "workers"};
constexpr Scope Scopes[] = {Scope::Transaction, Scope::Retry, Scope::Thread, Scope::Workers};

constexpr StringRef EndWords[] = {"commit", "abort"};
constexpr StringRef RowsWords[] = {"checked", "ignored"};

// The names of sql::SessionState.
constexpr StringRef SessionStateWords[] = {
    "set",           "set-role", "listen",        "prepare",        "hold-cursor",
    "temp-relation", "load",     "advisory-lock", "sequence-state", "discard"};

constexpr StringRef FunctionKeys[] = {"name",          "executes", "returns",          "runs",     "retries",
                                      "lock-path",     "fenced",   "blocks",           "logs",     "legacy-connection",
                                      "session-state", "releases", "ends-transaction", "connects", "try-lock",
                                      "wall-clock",    "rows",     "prepares"};
constexpr StringRef TypeKeys[] = {"name", "lane", "transaction", "connection", "prepared-name"};

/// Where a key belongs that people put one level too high; an empty string for other keys.
StringRef homeOf(StringRef Key, bool OnType) {
  if (OnType)
    return Key == "autocommit" || Key == "commits-at-end" ? "transaction" : "";
  if (Key == "direct" || Key == "sql" || Key == "connection" || Key == "prepared")
    return "executes";
  if (Key == "argument" || Key == "attempts" || Key == "in" || Key == "keeps-exception")
    return "runs";
  if (Key == "lane")
    return "executes, returns or runs";
  return "";
}

bool onlyRoleKeys(const ConfigNode &Node, llvm::ArrayRef<StringRef> Known, bool OnType, ConfigProblems &Problems) {
  bool Fine = true;
  for (const ConfigNode::Member &M : Node.Members) {
    if (llvm::is_contained(Known, StringRef(M.Key.Text)))
      continue;
    Fine = false;
    StringRef Home = homeOf(M.Key.Text, OnType);
    if (!Home.empty())
      Problems.add(M.Key, "'" + M.Key.Text + "' says nothing here: it belongs inside " + Home);
    else
      Problems.unknown(M.Key, OnType ? "type role" : "function role", Known);
  }
  return Fine;
}

bool isMapFor(const ConfigNode &Node, StringRef Key, StringRef Example, ConfigProblems &Problems) {
  if (Node.isMap())
    return true;
  Problems.add(Node, "'" + Key + "' must be a map, as in " + Example);
  return false;
}

std::optional<Lane> readLane(const ConfigNode &Node, ConfigProblems &Problems) {
  if (std::optional<unsigned> Index = Problems.oneOf(Node, "lane", LaneWords))
    return Lanes[*Index];
  return std::nullopt;
}

std::optional<unsigned> readArgument(const ConfigNode &Map, StringRef Key, ConfigProblems &Problems) {
  const ConfigNode *Node = Map.find(Key);
  if (!Node)
    return std::nullopt;
  return Problems.number(*Node, "'" + Key + "' (an argument's index, counted from 0)", MaxArgument);
}

/// An argument's index, or a list of them: each overload has its text in the first that is a text there.
std::optional<unsigned> readTextArgument(const ConfigNode &Map, StringRef Key, std::vector<unsigned> &Or,
                                         ConfigProblems &Problems) {
  const ConfigNode *Node = Map.find(Key);
  if (!Node || !Node->isList())
    return readArgument(Map, Key, Problems);
  std::vector<unsigned> All;
  for (const ConfigNode &Item : Node->Items) {
    std::optional<unsigned> Index =
        Problems.number(Item, "'" + Key + "' (an argument's index, counted from 0)", MaxArgument);
    if (Index && llvm::is_contained(All, *Index))
      Problems.add(Item, "'" + Key + "' names argument " + llvm::Twine(*Index) + " twice: keep one");
    else if (Index)
      All.push_back(*Index);
  }
  if (Node->Items.empty())
    Problems.add(*Node, "'" + Key + "' is an empty list: remove the key");
  if (All.empty())
    return std::nullopt;
  Or.assign(All.begin() + 1, All.end());
  return All.front();
}

/// `releases: 0`, or `releases: object`.
std::optional<int> readReleases(const ConfigNode &Map, ConfigProblems &Problems) {
  const ConfigNode *Node = Map.find("releases");
  if (!Node)
    return std::nullopt;
  if (Node->isScalar() && Node->Text == "object")
    return FunctionRoles::ItsObject;
  std::optional<unsigned> Index =
      Problems.number(*Node, "'releases' (an argument's index, counted from 0; or 'object')", MaxArgument);
  return Index ? std::optional<int>(*Index) : std::nullopt;
}

std::optional<ExecutesRole> readExecutes(const ConfigNode &Node, ConfigProblems &Problems) {
  if (!isMapFor(Node, "executes", "{lane: transaction, sql: 0}", Problems))
    return std::nullopt;
  Problems.onlyKeys(Node, {"lane", "sql", "prepared", "autocommit", "direct", "connection"});
  const ConfigNode *LaneNode = Node.find("lane");
  if (!LaneNode) {
    Problems.add(Node,
                 "'executes' lacks 'lane': say on which lane the statement runs (" + listed(LaneWords, " or ") + ")");
    return std::nullopt;
  }
  ExecutesRole Role;
  if (std::optional<Lane> On = readLane(*LaneNode, Problems))
    Role.On = *On;
  Role.Sql = readTextArgument(Node, "sql", Role.SqlOr, Problems);
  Role.Prepared = readArgument(Node, "prepared", Problems);
  if (Role.Prepared && Role.Sql)
    Problems.add(Node.keyOf("prepared"), "'prepared' is the name of a statement whose text was given before, 'sql' a "
                                         "text that is given here: remove one of the two");
  Role.ConnectionArgument = readArgument(Node, "connection", Problems);
  if (Role.ConnectionArgument && Role.On != Lane::Connection && Role.On != Lane::Unknown)
    Problems.add(Node.keyOf("connection"), "'connection' needs 'lane: connection': with a fixed lane the connection's "
                                           "own lane doesn't count, so remove one of the two");
  if (Role.ConnectionArgument &&
      (Role.ConnectionArgument == Role.Sql || llvm::is_contained(Role.SqlOr, *Role.ConnectionArgument)))
    Problems.add(Node.keyOf("connection"), "'sql' and 'connection' name the same argument");
  if (const ConfigNode *Autocommit = Node.find("autocommit")) {
    Role.Autocommit = Problems.boolean(*Autocommit, "'autocommit'").value_or(false);
    if (Role.Autocommit && Role.On == Lane::Tx)
      Problems.add(Node.keyOf("autocommit"),
                   "'autocommit' contradicts 'lane: tx': in a transaction no statement commits "
                   "on its own, so remove one of the two");
  }
  if (const ConfigNode *Direct = Node.find("direct")) {
    if (std::optional<std::string> Name = Problems.text(*Direct, "'direct'"))
      Role.Direct = *Name;
    if (Role.On == Lane::Session || Role.On == Lane::Tx)
      Problems.add(Node.keyOf("direct"),
                   "'direct' needs 'lane: transaction' or 'lane: connection': a statement on lane "
                   "'" +
                       LaneNode->Text + "' has nothing to be moved to, so remove it");
  }
  return Role;
}

std::optional<PreparesRole> readPrepares(const ConfigNode &Node, ConfigProblems &Problems) {
  if (!isMapFor(Node, "prepares", "{name: 0, sql: 1}", Problems))
    return std::nullopt;
  Problems.onlyKeys(Node, {"name", "sql"});
  std::optional<unsigned> Name = readArgument(Node, "name", Problems), Sql = readArgument(Node, "sql", Problems);
  if (!Node.find("name") || !Node.find("sql"))
    Problems.add(Node, "'prepares' needs 'name' and 'sql': the arguments with the statement's name and its text");
  if (!Name || !Sql)
    return std::nullopt;
  if (*Name == *Sql)
    Problems.add(Node.keyOf("sql"), "'name' and 'sql' name the same argument");
  return PreparesRole{*Name, *Sql};
}

std::optional<RunsRole> readRun(const ConfigNode &Node, ConfigProblems &Problems) {
  if (!isMapFor(Node, "runs", "{argument: 0, in: retry, attempts: 3}, or a list of such maps", Problems))
    return std::nullopt;
  Problems.onlyKeys(Node, {"argument", "in", "lane", "attempts", "keeps-exception"});
  RunsRole Role;
  if (!Node.find("argument"))
    Problems.add(Node, "'runs' lacks 'argument': say which argument is the callable, counted from 0");
  if (std::optional<unsigned> Argument = readArgument(Node, "argument", Problems))
    Role.Argument = *Argument;
  const ConfigNode *In = Node.find("in");
  if (!In) {
    Problems.add(Node, "'runs' lacks 'in': say where the callable runs (" + listed(ScopeWords, " or ") + ")");
    return std::nullopt;
  }
  std::optional<unsigned> Where = Problems.oneOf(*In, "'in'", ScopeWords);
  if (!Where)
    return std::nullopt;
  Role.In = Scopes[*Where];
  if (const ConfigNode *LaneNode = Node.find("lane")) {
    if (std::optional<Lane> On = readLane(*LaneNode, Problems))
      Role.On = *On;
    if (Role.In != Scope::Transaction)
      Problems.add(Node.keyOf("lane"), "'lane' needs 'in: transaction': it is the lane of the transaction that the "
                                       "callable runs in");
  }
  if (const ConfigNode *Attempts = Node.find("attempts")) {
    if (std::optional<unsigned> Times = Problems.number(*Attempts, "'attempts' (0: not known)", MaxAttempts))
      Role.Attempts = *Times;
    if (Role.In != Scope::Retry)
      Problems.add(Node.keyOf("attempts"), "'attempts' needs 'in: retry'");
  }
  if (const ConfigNode *Keeps = Node.find("keeps-exception")) {
    Role.KeepsException = Problems.boolean(*Keeps, "'keeps-exception'").value_or(false);
    if (Role.In != Scope::Thread && Role.In != Scope::Workers)
      Problems.add(Node.keyOf("keeps-exception"),
                   "'keeps-exception' needs 'in: thread' or 'in: workers': elsewhere the caller gets the exception");
  }
  return Role;
}

std::vector<RunsRole> readRuns(const ConfigNode &Node, ConfigProblems &Problems) {
  std::vector<RunsRole> Runs;
  auto Add = [&](const ConfigNode &One) {
    std::optional<RunsRole> Role = readRun(One, Problems);
    if (!Role)
      return;
    for (const RunsRole &Other : Runs)
      if (Other.Argument == Role->Argument && Other.In == Role->In)
        Problems.add(One, "'runs' says twice where argument " + llvm::Twine(Role->Argument) + " runs: keep one");
    Runs.push_back(*Role);
  };
  if (!Node.isList()) {
    Add(Node);
    return Runs;
  }
  if (Node.Items.empty())
    Problems.add(Node, "'runs' is an empty list: remove the key");
  for (const ConfigNode &One : Node.Items)
    Add(One);
  return Runs;
}

void readFlag(const ConfigNode &Node, StringRef Key, std::optional<bool> &Into, ConfigProblems &Problems) {
  if (const ConfigNode *Value = Node.find(Key))
    Into = Problems.boolean(*Value, "'" + Key + "'");
}

std::optional<unsigned> readRetries(const ConfigNode &Node, ConfigProblems &Problems) {
  if (Node.isScalar() && !Node.Quoted && Node.Text == "true")
    return 0; // it retries, but how often isn't known
  return Problems.number(Node, "'retries' (attempts; 0: not known how many)", MaxAttempts);
}

} // namespace

FunctionRoles readFunctionRoles(const ConfigNode &Node, ConfigProblems &Problems) {
  FunctionRoles Roles;
  onlyRoleKeys(Node, FunctionKeys, /*OnType=*/false, Problems);
  if (const ConfigNode *Executes = Node.find("executes"))
    Roles.Executes = readExecutes(*Executes, Problems);
  if (const ConfigNode *Returns = Node.find("returns");
      Returns && isMapFor(*Returns, "returns", "{lane: session}", Problems)) {
    Problems.onlyKeys(*Returns, {"lane", "autocommit"});
    readFlag(*Returns, "autocommit", Roles.ReturnsAutocommit, Problems);
    if (const ConfigNode *LaneNode = Returns->find("lane"))
      Roles.Returns = readLane(*LaneNode, Problems);
    else
      Problems.add(*Returns, "'returns' lacks 'lane'");
  }
  if (const ConfigNode *Runs = Node.find("runs"))
    Roles.Runs = readRuns(*Runs, Problems);
  if (const ConfigNode *Retries = Node.find("retries"))
    Roles.Retries = readRetries(*Retries, Problems);
  readFlag(Node, "lock-path", Roles.LockPath, Problems);
  readFlag(Node, "fenced", Roles.Fenced, Problems);
  readFlag(Node, "blocks", Roles.Blocks, Problems);
  readFlag(Node, "legacy-connection", Roles.LegacyConnection, Problems);
  readFlag(Node, "logs", Roles.Logs, Problems);
  readFlag(Node, "try-lock", Roles.TryLock, Problems);
  readFlag(Node, "wall-clock", Roles.WallClock, Problems);
  if (const ConfigNode *Rows = Node.find("rows"))
    if (std::optional<unsigned> How = Problems.oneOf(*Rows, "'rows'", RowsWords))
      Roles.Rows = RowsWords[*How].str();
  if (const ConfigNode *Ends = Node.find("ends-transaction"))
    if (std::optional<unsigned> How = Problems.oneOf(*Ends, "'ends-transaction'", EndWords))
      Roles.EndsTransaction = EndWords[*How].str();
  Roles.Releases = readReleases(Node, Problems);
  if (const ConfigNode *State = Node.find("session-state"))
    if (std::optional<unsigned> Which = Problems.oneOf(*State, "'session-state'", SessionStateWords))
      Roles.SessionState = SessionStateWords[*Which].str();
  if (const ConfigNode *Prepares = Node.find("prepares"))
    Roles.Prepares = readPrepares(*Prepares, Problems);
  Roles.Connects = readTextArgument(Node, "connects", Roles.ConnectsOr, Problems);
  return Roles;
}

TypeRoles readTypeRoles(const ConfigNode &Node, ConfigProblems &Problems) {
  TypeRoles Roles;
  onlyRoleKeys(Node, TypeKeys, /*OnType=*/true, Problems);
  if (const ConfigNode *LaneNode = Node.find("lane"))
    if (Lane On = readObjectLane(*LaneNode, Problems); On != Lane::Unknown)
      Roles.On = On;
  const ConfigNode *Transaction = Node.find("transaction");
  if (Transaction && isMapFor(*Transaction, "transaction", "{connection: 0}", Problems)) {
    Problems.onlyKeys(*Transaction, {"connection", "autocommit", "commits-at-end"});
    if (!Transaction->find("connection"))
      Problems.add(*Transaction, "'transaction' lacks 'connection': say which argument of the constructor is the "
                                 "connection, counted from 0");
    Roles.TransactionOn = readArgument(*Transaction, "connection", Problems);
    readFlag(*Transaction, "autocommit", Roles.Autocommit, Problems);
    readFlag(*Transaction, "commits-at-end", Roles.CommitsAtEnd, Problems);
  }
  readFlag(Node, "connection", Roles.IsConnection, Problems);
  readFlag(Node, "prepared-name", Roles.NamesPrepared, Problems);
  return Roles;
}

Lane readObjectLane(const ConfigNode &Node, ConfigProblems &Problems) {
  std::optional<Lane> On = readLane(Node, Problems);
  if (!On)
    return Lane::Unknown;
  if (*On == Lane::Connection) {
    Problems.add(Node, "lane 'connection' says nothing of an object: write transaction, session or tx");
    return Lane::Unknown;
  }
  return *On;
}

} // namespace poolguard
