#include "rules/TransactionUse.h"

#include "rules/OpenTransactions.h"
#include "sql/BlockControl.h"

namespace poolguard {

bool mentionsTransaction(const Value &V, llvm::StringRef Entity) {
  bool Found = false;
  V.forEach([&](const Value &Part) { Found |= Part.K == Value::Kind::Transaction && Part.Name == Entity; });
  return Found;
}

bool isTransaction(const Value &V, const CodeScope &Scope) {
  if (mentionsTransaction(V, Scope.Entity))
    return true;
  // A transaction that is a parameter.
  return Scope.Connection.K == Value::Kind::Parameter &&
         (V == Scope.Connection || (V.K == Value::Kind::Handle && V.Parts[0] == Scope.Connection));
}

bool endsTransaction(const ProgramGraph &G, const Function &F, llvm::StringRef Entity) {
  return llvm::any_of(
      F.Sites, [&](const Site &S) { return G.roles(S).EndsTransaction && mentionsTransaction(S.Object, Entity); });
}

/// The function's own parameter that the value is.
static const Value *parameterOf(const Value &V, const Function &F) {
  const Value *P = &V;
  if (P->K == Value::Kind::Handle)
    P = &P->Parts[0];
  return P->K == Value::Kind::Parameter && P->Name == F.Usr ? P : nullptr;
}

using IsParameter = llvm::function_ref<bool(const Value &)>;

/// Whether a site for which `Ends` is true is reached with the parameter.
static bool endsParameter(const ProgramGraph &G, unsigned F, int Parameter,
                          llvm::function_ref<bool(const Site &, IsParameter)> Ends,
                          std::set<std::pair<unsigned, int>> &Seen) {
  if (!Seen.insert({F, Parameter}).second)
    return false;
  const Function &Fn = G.function(F);
  auto Is = [&](const Value &V) {
    const Value *P = parameterOf(V, Fn);
    return P && P->Index == Parameter;
  };
  for (const Site &S : Fn.Sites)
    if (Ends(S, Is))
      return true;
  for (const Edge &E : G.edges(F))
    for (int I = Value::This; !E.Creates && I < static_cast<int>(E.Arguments.size()); ++I)
      if (Is(I == Value::This ? E.Object : E.Arguments[I]) && endsParameter(G, E.Target, I, Ends, Seen))
        return true;
  return false;
}

bool endsParameter(const ProgramGraph &G, unsigned F, int Parameter) {
  std::set<std::pair<unsigned, int>> Seen;
  return endsParameter(
      G, F, Parameter, [&](const Site &S, IsParameter Is) { return G.roles(S).EndsTransaction && Is(S.Object); }, Seen);
}

bool mayEndByText(const ProgramGraph &G, unsigned F, int Parameter) {
  std::set<std::pair<unsigned, int>> Seen;
  auto Ends = [&](const Site &S, IsParameter Is) {
    const FunctionRoles &Roles = G.roles(S);
    if (!Roles.Executes || !Roles.Executes->Sql || !Is(statementConnection(S, *Roles.Executes)))
      return false;
    unsigned Index = *Roles.Executes->Sql;
    const Value Text = Index < S.Arguments.size() ? S.Arguments[Index] : Value();
    return Text.K != Value::Kind::Text || sql::blockControl(Text.Name) != sql::BlockControl::None;
  };
  return endsParameter(G, F, Parameter, Ends, Seen);
}

/// The temporary relation that the statement creates, or an empty text.
static llvm::StringRef temporaryRelation(const sql::Statement &S) {
  if (S.Kind == sql::StatementKind::CreateTable)
    for (const sql::SessionUse &Use : S.Session)
      if (Use.State == sql::SessionState::TempRelation)
        return Use.Detail;
  return {};
}

/// The temporary relations that the program creates: nobody else sees what is written there.
static std::set<std::string> temporaryRelations(const ProgramGraph &G) {
  std::set<std::string> Names;
  for (const StatementUse &Use : G.statements())
    if (Use.Facts)
      for (const sql::Statement &S : Use.Facts->Statements)
        Names.insert(temporaryRelation(S).str());
  return Names;
}

/// Whether the statement changes what others see.
static bool writesForOthers(const sql::Statement &S, const std::set<std::string> &Temporary) {
  if (!S.Writes || !temporaryRelation(S).empty())
    return false;
  bool Any = false;
  for (const sql::Query &Q : S.Queries)
    if (Q.Kind != sql::StatementKind::Select) {
      Any = true;
      if (!Q.Target.Schema.empty() || !Temporary.count(Q.Target.Name))
        return true;
    }
  return !Any;
}

ParameterUse::ParameterUse(const ProgramGraph &Graph) : G(Graph), Uses(Graph.functions().size()) {
  const std::set<std::string> Temporary = temporaryRelations(G);
  for (const StatementUse &Use : G.statements()) {
    bool Writes = false;
    if (Use.Facts)
      for (const sql::Statement &S : Use.Facts->Statements)
        Writes |= writesForOthers(S, Temporary);
    const Step Last = Use.Path->last();
    if (Writes)
      Writing.insert(Last);
  }
  for (unsigned F = 0; F < Uses.size(); ++F)
    addOwn(F);
  for (bool Changed = true; Changed;) {
    Changed = false;
    for (unsigned F = 0; F < Uses.size(); ++F)
      Changed |= addCalls(F);
  }
}

bool ParameterUse::add(unsigned F, int Parameter, unsigned Effect, Step At, int Through, unsigned Callee) {
  Use &U = Uses[F][Parameter];
  if (U.Bits & Effect)
    return false;
  U.Bits |= Effect;
  U.Via[Effect] = {At, Through};
  if (Callee != ~0u)
    U.Into[Effect] = Callee;
  return true;
}

/// What the call hands back to a pool.
static const Value *released(const Site &S, const FunctionRoles &Roles) {
  if (!Roles.Releases)
    return nullptr;
  if (*Roles.Releases == FunctionRoles::ItsObject)
    return &S.Object;
  return static_cast<size_t>(*Roles.Releases) < S.Arguments.size() ? &S.Arguments[*Roles.Releases] : nullptr;
}

void ParameterUse::addOwn(unsigned F) {
  const Function &Fn = G.function(F);
  auto Followed = [&](unsigned Site) {
    return llvm::any_of(G.edges(F), [&](const Edge &E) { return E.Steps->At.Site == Site; });
  };
  for (unsigned I = 0; I < Fn.Sites.size(); ++I) {
    const Site &S = Fn.Sites[I];
    const FunctionRoles &Roles = G.roles(S);
    const Step At{F, I};
    if (Roles.Executes) {
      const Value On = statementConnection(S, *Roles.Executes);
      if (const Value *P = parameterOf(On, Fn)) {
        add(F, P->Index, Executes, At, 0, ~0u);
        if (writes(At))
          add(F, P->Index, Writes, At, 0, ~0u);
      }
    }
    if (Roles.EndsTransaction)
      if (const Value *P = parameterOf(S.Object, Fn))
        add(F, P->Index, Ends, At, 0, ~0u);
    if (const Value *Released = released(S, Roles))
      if (const Value *P = parameterOf(*Released, Fn))
        add(F, P->Index, Releases, At, 0, ~0u);
    if (Roles.empty())
      for (const Value &A : S.Arguments)
        if (const Value *P = parameterOf(A, Fn); P && !Followed(I))
          add(F, P->Index, HandedOut, At, 0, ~0u);
  }
}

bool ParameterUse::addCalls(unsigned F) {
  const Function &Fn = G.function(F);
  bool Changed = false;
  for (const Edge &E : G.edges(F)) {
    if (E.Creates)
      continue;
    for (int I = Value::This; I < static_cast<int>(E.Arguments.size()); ++I) {
      const Value *P = parameterOf(I == Value::This ? E.Object : E.Arguments[I], Fn);
      unsigned Below = P ? of(E.Target, I) : 0;
      for (unsigned Effect : {Executes, Writes, Ends, Releases, HandedOut})
        if (Below & Effect)
          Changed |= add(F, P->Index, Effect, E.Steps->At, I, E.Target);
    }
  }
  return Changed;
}

unsigned ParameterUse::of(unsigned Function, int Parameter) const {
  auto At = Uses[Function].find(Parameter);
  return At == Uses[Function].end() ? 0 : At->second.Bits;
}

std::vector<Step> ParameterUse::path(unsigned Function, int Parameter, unsigned Effect) const {
  std::vector<Step> Steps;
  for (unsigned Depth = 0; Depth < 48; ++Depth) {
    auto At = Uses[Function].find(Parameter);
    if (At == Uses[Function].end() || !At->second.Via.count(Effect))
      break;
    auto [Site, Through] = At->second.Via.at(Effect);
    Steps.push_back(Site);
    auto Into = At->second.Into.find(Effect);
    if (Into == At->second.Into.end())
      break;
    Function = Into->second;
    Parameter = Through;
  }
  return Steps;
}

std::optional<std::vector<Step>> ParameterUse::below(Step Site, int Parameter, unsigned Effect) const {
  for (const Edge &E : G.edges(Site.Function))
    if (!E.Creates && E.Steps->At == Site && !E.Steps->Next && (of(E.Target, Parameter) & Effect))
      return path(E.Target, Parameter, Effect);
  return std::nullopt;
}

} // namespace poolguard
