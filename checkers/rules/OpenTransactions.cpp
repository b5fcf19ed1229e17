#include "rules/OpenTransactions.h"

#include <set>

#include "rules/Paths.h"
#include "rules/TransactionUse.h"

namespace poolguard {

/// A program that calls everything from everywhere isn't followed to the end.
static constexpr unsigned MaxFrames = 4000, MaxDepth = 24;

Value statementConnection(const Site &S, const ExecutesRole &Role) {
  Value On = S.Object;
  if (Role.ConnectionArgument)
    On = *Role.ConnectionArgument < S.Arguments.size() ? S.Arguments[*Role.ConnectionArgument] : Value();
  if (Role.On != Lane::Connection && Role.On != Lane::Unknown)
    return Value::handle(std::move(On), Role.On);
  return On;
}

OpenTransactions::OpenTransactions(const ProgramGraph &Graph) : G(Graph) {
  for (unsigned F = 0; F < G.functions().size(); ++F) {
    readScopes(F);
    readRuns(F);
  }
}

const Chain *OpenTransactions::join(const Chain *Front, const Chain *Back) {
  if (!Front)
    return Back;
  const Chain *Rest = join(Front->Next, Back);
  Chains.push_back({Front->At, Rest, Rest ? Rest->Length + 1 : 1});
  return &Chains.back();
}

/// Whether the call hands over the transaction, or the connection on which a text has opened it.
static bool gives(const Edge &E, int Argument, const CodeScope &Scope) {
  const Value &V = Argument == Value::This ? E.Object : E.Arguments[Argument];
  return isTransaction(V, Scope) || (Scope.ByText && V.known() && V == Scope.Connection);
}

/// The last site at which the transaction is certainly open: a call that it is handed to may end it.
unsigned OpenTransactions::lastSite(unsigned F, const CodeScope &Scope) const {
  const Function &Fn = G.function(F);
  for (const Edge &E : G.edges(F)) {
    bool MayEnd = E.Creates ? endsTransaction(G, G.function(E.Target), Scope.Entity) : false;
    for (int I = Value::This; !MayEnd && I < static_cast<int>(E.Arguments.size()); ++I)
      if (gives(E, I, Scope))
        MayEnd = Scope.ByText ? mayEndByText(G, E.Target, I) : endsParameter(G, E.Target, I);
    if (MayEnd)
      return E.Steps->At.Site;
  }
  return static_cast<unsigned>(Fn.Sites.size());
}

void OpenTransactions::readScopes(unsigned F) {
  const Function &Fn = G.function(F);
  for (unsigned Index = 0; Index < Fn.Scopes.size(); ++Index) {
    const CodeScope &Scope = Fn.Scopes[Index];
    if (Scope.K != CodeScope::Kind::Transaction || Scope.Autocommit)
      continue;
    OpenTransaction &T = Open.emplace_back();
    T.Function = F;
    T.Scope = &Scope;
    T.Opener = Scope.Connection;
    Frames.push_back({});
    Frame &Origin = Frames.back();
    Origin.Function = F;
    const unsigned Last = lastSite(F, Scope);
    auto Inside = [&](unsigned Site) { return Site <= Last && llvm::is_contained(Fn.Sites[Site].Scopes, Index); };
    for (unsigned I = 0; I < Fn.Sites.size(); ++I)
      if (Inside(I))
        visit(T, Origin, I);
    std::deque<const Frame *> Work;
    for (const Edge &E : G.edges(F))
      if (E.Steps->At.Function == F && Inside(E.Steps->At.Site))
        enter(T, Origin, E, Work);
    walk(T, std::move(Work));
  }
}

/// Whether the callable ends the transaction that it is run in.
static bool endsHandle(const ProgramGraph &G, unsigned Callable) {
  const Function &Fn = G.function(Callable);
  return endsParameter(G, Callable, 0) || llvm::any_of(Fn.Sites, [&](const Site &S) {
           return G.roles(S).EndsTransaction && S.Object.K == Value::Kind::Connection && S.Object.On == Lane::Tx;
         });
}

void OpenTransactions::readRuns(unsigned F) {
  for (const Edge &E : G.edges(F)) {
    // One that ends the transaction itself is judged where its parameter is followed.
    if (!E.Runs || E.Runs->In != Scope::Transaction || endsHandle(G, E.Target))
      continue;
    OpenTransaction &T = Open.emplace_back();
    T.Function = E.Target;
    T.RunBy = &E;
    T.Caller = F;
    const Step Last = E.Steps->last();
    if (!E.Steps->Next)
      T.Opener = G.site(Last).Object;
    Frames.push_back({});
    Frame &Origin = Frames.back();
    Origin.Function = E.Target;
    Origin.Arguments = {Runs::OnIt};
    walk(T, {&Origin});
  }
}

void OpenTransactions::walk(const OpenTransaction &T, std::deque<const Frame *> Work) {
  std::set<std::pair<unsigned, std::vector<Runs>>> Seen;
  for (unsigned Count = 0; !Work.empty() && Count < MaxFrames; ++Count) {
    const Frame &In = *Work.front();
    Work.pop_front();
    std::vector<Runs> Key = In.Arguments;
    Key.insert(Key.begin(), In.This);
    if (!Seen.insert({In.Function, std::move(Key)}).second || (In.Path && In.Path->Length > MaxDepth))
      continue;
    const Function &Fn = G.function(In.Function);
    for (unsigned I = 0; I < Fn.Sites.size(); ++I)
      visit(T, In, I);
    for (const Edge &E : G.edges(In.Function))
      enter(T, In, E, Work);
  }
}

void OpenTransactions::visit(const OpenTransaction &T, const Frame &In, unsigned Index) {
  const Site &S = G.site({In.Function, Index});
  if (S.Reference || S.Creates)
    return;
  SiteInTransaction Out;
  Out.In = &T;
  Out.Path = In.Path;
  Out.At = {In.Function, Index};
  if (const FunctionRoles &Roles = G.roles(S); Roles.Executes)
    Out.Statement = classify(statementConnection(S, *Roles.Executes), T, In);
  // Who has opened it by a text has a connection, not an object that is the transaction: another name may lead to it.
  const bool ByText = T.Scope && T.Scope->ByText && Out.Statement == Runs::Elsewhere;
  if (Out.Statement == Runs::Apart || ByText)
    Out.Statement = Runs::Unknown;
  Sites.push_back(Out);
}

/// Whether the callable is handed to something whose body nobody has seen: it may be kept for later. The algorithms of
/// the standard library call it at once.
static bool mayBeKept(const ProgramGraph &G, const Edge &E) {
  if (E.Runs)
    return false;
  const Step Last = E.Steps->last();
  const Site &S = G.site(Last);
  const Function &Target = G.function(E.Target);
  if (S.Callee.empty() || S.Virtual || S.Callee == Target.Usr || S.Callee == Target.Pattern)
    return false;
  const std::string Callee = calleeName(G, S);
  llvm::StringRef Name = Callee;
  return !Name.consume_front("std::") || Name.contains("::");
}

/// What the call hands over, before the program is asked what it is: the field or variable by its name.
static Value written(const ProgramGraph &G, const Edge &E, int Argument) {
  const Site &S = G.site(E.Steps->At);
  if (E.Steps->Next || E.Runs || S.Callee.empty())
    return {};
  if (Argument == Value::This)
    return S.Object;
  return static_cast<size_t>(Argument) < S.Arguments.size() ? S.Arguments[Argument] : Value();
}

/// Something that stays the same thing however often it is named. What a function returns is another one each time.
static bool isNamed(const Value &V) {
  return V.K == Value::Kind::Parameter || V.K == Value::Kind::Field || V.K == Value::Kind::Global ||
         (V.K == Value::Kind::Connection && !V.Name.empty());
}

OpenTransactions::Runs OpenTransactions::given(const OpenTransaction &T, const Frame &From, const Edge &E,
                                               int Argument) const {
  const Runs Known = classify(Argument == Value::This ? E.Object : E.Arguments[Argument], T, From);
  if (Known != Runs::Elsewhere || !T.Scope || From.Function != T.Function)
    return Known;
  // The connection that the transaction was opened on, whatever the program tells of its lane.
  const Value Written = written(G, E, Argument);
  if (!Written.known() || !(Written == T.Opener))
    return Known;
  return isNamed(Written) ? Runs::OnIt : Runs::Unknown;
}

void OpenTransactions::enter(const OpenTransaction &T, const Frame &From, const Edge &E,
                             std::deque<const Frame *> &Work) {
  // A lambda that is only made here runs elsewhere; another thread isn't in this transaction.
  if (E.Creates || (E.Runs && (E.Runs->In == Scope::Thread || E.Runs->In == Scope::Workers)) || mayBeKept(G, E))
    return;
  Frame To;
  To.Function = E.Target;
  To.This = given(T, From, E, Value::This);
  for (unsigned I = 0; I < E.Arguments.size(); ++I)
    To.Arguments.push_back(given(T, From, E, static_cast<int>(I)));
  To.Caller = &From;
  To.Path = join(From.Path, E.Steps);
  Frames.push_back(std::move(To));
  Work.push_back(&Frames.back());
}

OpenTransactions::Runs OpenTransactions::parameter(const Value &V, const OpenTransaction &T, const Frame &In) const {
  for (const Frame *At = &In; At; At = At->Caller) {
    if (G.function(At->Function).Usr != V.Name)
      continue;
    if (V.Index == Value::This)
      return At->This;
    if (T.Scope && !At->Caller)
      return Runs::Apart; // something else than the transaction that the function has open itself
    return static_cast<size_t>(V.Index) < At->Arguments.size() ? At->Arguments[V.Index] : Runs::Unknown;
  }
  if (T.RunBy && V.Index != Value::This)
    for (std::optional<unsigned> Around = T.Caller; Around; Around = G.enclosing(*Around))
      if (G.function(*Around).Usr == V.Name)
        return Runs::Apart; // captured: the callable gets the transaction by its own parameter
  return Runs::Unknown;
}

/// Both are settled, and on the same lane: two connections of one pool.
static bool sameLane(const Value &A, const Value &B) {
  return A.K == Value::Kind::Connection && B.K == Value::Kind::Connection && A.On == B.On && A.On != Lane::Unknown &&
         A.On != Lane::Tx;
}

OpenTransactions::Runs OpenTransactions::classify(const Value &V, const OpenTransaction &T, const Frame &In) const {
  if (T.Scope && isTransaction(V, *T.Scope))
    return Runs::OnIt;
  // The engine that runs a callable in a transaction isn't that transaction; a connection that one was opened on is.
  if (V == T.Opener && (isNamed(V) || (T.RunBy && V.K == Value::Kind::Result)))
    return T.Scope ? Runs::OnIt : Runs::Elsewhere;
  switch (V.K) {
  case Value::Kind::Transaction: {
    if (!V.Parts.empty() && classify(V.Parts[0], T, In) == Runs::OnIt)
      return Runs::OnIt; // a subtransaction of it; on its connection no other can be opened
    // Two open side by side in one function are there on purpose, unless they are two of the same pool.
    bool Beside = false;
    for (const CodeScope &Scope : G.function(In.Function).Scopes)
      Beside |= Scope.Entity == V.Name && In.Function == T.Function;
    if (Beside && T.Scope && !(!V.Parts.empty() && sameLane(V.Parts[0], T.Opener)))
      return Runs::Unknown;
    return Runs::Elsewhere;
  }
  case Value::Kind::Connection:
    return V.On == Lane::Tx                                     ? Runs::OnIt
           : V.On == Lane::Transaction || V.On == Lane::Session ? Runs::Elsewhere
                                                                : Runs::Unknown;
  case Value::Kind::Handle: {
    const Value &Inner = V.Parts[0];
    Runs Known = classify(Inner, T, In);
    if (Known == Runs::OnIt || V.On == Lane::Tx)
      return Runs::OnIt;
    // What isn't the transaction does as its role promises.
    if (Known == Runs::Apart)
      return V.On == Lane::Transaction || V.On == Lane::Session ? Runs::Elsewhere : Runs::Unknown;
    return Known;
  }
  case Value::Kind::Parameter: return parameter(V, T, In);
  case Value::Kind::Choice: {
    Runs All = classify(V.Parts[0], T, In);
    for (const Value &Part : V.Parts)
      if (classify(Part, T, In) != All)
        return Runs::Unknown;
    return All;
  }
  default: return Runs::Unknown;
  }
}

bool nearer(const SiteInTransaction &A, const SiteInTransaction &B) {
  const unsigned CallsA = A.Path ? A.Path->Length : 0, CallsB = B.Path ? B.Path->Length : 0;
  return CallsA != CallsB ? CallsA < CallsB : A.In->Scope && !B.In->Scope;
}

std::string transactionName(const OpenTransaction &T) {
  if (!T.Scope)
    return "the transaction";
  return (T.Scope->ByText ? "the transaction on '" : "transaction '") + T.Scope->Name + "'";
}

std::vector<Note> transactionNotes(const ProgramGraph &G, const SiteInTransaction &S) {
  std::vector<Note> Notes;
  if (S.In->Scope)
    Notes.push_back({S.In->Scope->At, transactionName(*S.In) + " is open from here"});
  else {
    const Step Last = S.In->RunBy->Steps->last();
    Notes.push_back({G.site(Last).At, "'" + calleeName(G, G.site(Last)) + "' runs the callable in a transaction"});
  }
  if (S.Path) {
    std::vector<Step> Path = steps(S.Path->Next);
    Path.push_back(S.At);
    llvm::append_range(Notes, callNotes(G, Path, S.first()));
  }
  return Notes;
}

} // namespace poolguard
