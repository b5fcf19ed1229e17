#include "rules/Sharing.h"

#include <algorithm>

#include "rules/Paths.h"

namespace poolguard {

Sharing::Sharing(const ProgramGraph &Graph) : G(Graph), Starts(threadStarts(Graph)) {}

/// The function whose `this` a lambda's is: the outermost one around it.
llvm::StringRef Sharing::methodOf(unsigned F) const {
  while (std::optional<unsigned> Around = G.enclosing(F))
    F = *Around;
  const Function &Fn = G.function(F);
  return Fn.Parent.empty() ? Fn.Usr : Fn.Parent;
}

/// The field of what was given.
static Place within(const Place &Given, const Place &On) {
  Place Out = Given;
  Out.Fields = Out.Fields + On.Fields.str();
  Out.Name = On.Name;
  return Out;
}

static std::optional<Place> given(const Site &S, int Argument, const Place &On) {
  for (const GivenPlace &Given : S.Given)
    if (Given.Argument == Argument)
      return within(Given.At, On);
  return std::nullopt;
}

std::optional<Place> Sharing::inCaller(Step S, unsigned Callee, const Place &On) const {
  const Site &At = G.site(S);
  const Function &Below = G.function(Callee);
  bool Direct = At.Callee.empty() || callsNext(G, At, Callee);
  switch (On.From) {
  case Place::Root::Own: return std::nullopt;
  case Place::Root::Outside:
    if (On.Owner == G.function(S.Function).Usr) {
      Place Out = On;
      Out.From = Place::Root::Own;
      return Out;
    }
    return On;
  case Place::Root::This:
    if (!Below.Parent.empty())
      return methodOf(Callee) == methodOf(S.Function) ? std::optional(On) : std::nullopt;
    return Direct ? given(At, GivenPlace::Object, On) : std::nullopt;
  case Place::Root::Parameter: return Direct ? given(At, static_cast<int>(On.Parameter), On) : std::nullopt;
  }
  return std::nullopt;
}

std::optional<Place> Sharing::atStart(const ThreadStart &Start, llvm::ArrayRef<Step> Path, unsigned In,
                                      Place On) const {
  for (size_t I = Path.size(); I-- > 0;) {
    std::optional<Place> Up = inCaller(Path[I], I + 1 < Path.size() ? Path[I + 1].Function : In, On);
    if (!Up || Up->From == Place::Root::Own)
      return std::nullopt;
    On = std::move(*Up);
  }
  const Site &At = G.site(Start.At);
  const Function &Callable = G.function(Start.Callable);
  const Declaration *D = G.declarationOf(Start.Callable);
  int Next = static_cast<int>(Start.By->Runs->Argument) + 1; // what is handed to the callable
  bool Direct = !Start.By->Steps->Next;
  switch (On.From) {
  case Place::Root::Own: return std::nullopt;
  case Place::Root::Outside: return On;
  case Place::Root::This:
    if (!Callable.Parent.empty())
      return methodOf(Start.Callable) == methodOf(Start.By->Steps->At.Function) ? std::optional(On) : std::nullopt;
    if (std::optional<Place> Object = Direct ? given(At, Next, On) : std::nullopt)
      return Object;
    if (Start.By->Object.K == Value::Kind::Parameter && Start.By->Object.Index == Value::This)
      return On;
    return std::nullopt;
  case Place::Root::Parameter: {
    int Argument = Next + static_cast<int>(On.Parameter) + (D && D->Method ? 1 : 0);
    if (D && D->TakesStopToken && llvm::StringRef(Start.Starter).ends_with("jthread"))
      --Argument;
    return Direct && Argument >= Next ? given(At, Argument, On) : std::nullopt;
  }
  }
  return std::nullopt;
}

bool madeInLoop(const Site &S, const Place &On) {
  return inLoop(S) && On.DeclaredAt.File == S.At.File && On.DeclaredAt.Offset >= S.LoopFrom &&
         On.DeclaredAt.Offset < S.LoopTo;
}

static bool waits(const ProgramGraph &G, const Site &S) {
  return isJoin(G, S) || (G.roles(S).Blocks.value_or(false) && calleeName(G, S).find("future") != std::string::npos);
}

/// A thread that ends before the loop around its start goes on.
bool Sharing::oneAtATime(Step S) const {
  const Site &At = G.site(S);
  std::string Starter = calleeName(G, At);
  if (endsAtOnce(Starter, At))
    return true;
  for (const GivenPlace &Given : At.Given)
    if (Given.Argument == GivenPlace::Object && Starter == "std::jthread::jthread" && madeInLoop(At, Given.At))
      return true; // and so does the thread's
  return llvm::any_of(G.function(S.Function).Sites, [&](const Site &Other) {
    return waits(G, Other) && Other.At.Offset >= At.LoopFrom && Other.At.Offset < At.LoopTo;
  });
}

bool Sharing::byMany(const ThreadStart &Start, const Place &On) const {
  if (Start.In == Scope::Workers)
    return true; // also with an object that a loop around makes anew: the workers of one round share it
  if (!Start.once())
    return false; // a timer runs one round after the other
  for (const Chain *C = Start.By->Steps; C; C = C->Next) {
    const Site &At = G.site(C->At);
    if (inLoop(At) && !madeInLoop(At, On) && !oneAtATime(C->At))
      return true;
  }
  return false;
}

bool Sharing::waitsBetween(unsigned F, unsigned From, unsigned To) const {
  return llvm::any_of(G.function(F).Sites, [&](const Site &S) {
    bool Waits = waits(G, S) || (G.roles(S).Blocks.value_or(false) && !isSleep(G, S));
    return Waits && S.At.Offset > From && S.At.Offset < To;
  });
}

bool Sharing::atOnce(const ThreadStart &First, const ThreadStart &Second) const {
  const Location &A = G.site(First.At).At, &B = G.site(Second.At).At;
  if (A == B || First.At.Function != Second.At.Function)
    return false;
  const ThreadStart &Earlier = A < B ? First : Second;
  const Site &Start = G.site(Earlier.At);
  unsigned To = std::max(A.Offset, B.Offset);
  bool Ended =
      Earlier.joins() &&
      llvm::any_of(Start.Given, [](const GivenPlace &Given) { return Given.Argument == GivenPlace::Object; }) &&
      Start.BlockTo < To;
  return !Ended && !endsAtOnce(Earlier.Starter, Start) && !waitsBetween(First.At.Function, Start.At.Offset, To);
}

bool Sharing::holdsLock(unsigned F, llvm::ArrayRef<unsigned> Scopes) const {
  const std::vector<CodeScope> &All = G.function(F).Scopes;
  return llvm::any_of(Scopes, [&](unsigned I) { return I < All.size() && All[I].K == CodeScope::Kind::Lock; });
}

bool Sharing::locked(llvm::ArrayRef<Step> Path, unsigned In, llvm::ArrayRef<unsigned> Scopes) const {
  return holdsLock(In, Scopes) || llvm::any_of(Path, [&](Step S) { return holdsLock(S.Function, G.site(S).Scopes); });
}

} // namespace poolguard
