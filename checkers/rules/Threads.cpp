#include "rules/Threads.h"

#include <set>
#include <tuple>

#include "rules/Paths.h"

namespace poolguard {

bool ThreadStart::once() const {
  llvm::StringRef Name = Starter;
  return In == Scope::Thread &&
         (Name.starts_with("std::") || Name.starts_with("pthread_") || Name.starts_with("thrd_"));
}

bool ThreadStart::keepsException() const { return By->Runs->KeepsException; }

bool ThreadStart::joins() const { return Starter == "std::jthread::jthread" || Starter == "std::async"; }

bool endsAtOnce(llvm::StringRef Starter, const Site &Start) {
  return Starter == "std::async" && (Start.Result == ResultUse::Dropped || Start.Result == ResultUse::Unread);
}

std::vector<ThreadStart> threadStarts(const ProgramGraph &G) {
  std::vector<ThreadStart> Out;
  std::set<std::tuple<unsigned, unsigned, Location>> Seen;
  for (unsigned F = 0; F < G.functions().size(); ++F)
    for (const Edge &E : G.edges(F)) {
      if (E.Creates || !E.Runs || (E.Runs->In != Scope::Thread && E.Runs->In != Scope::Workers))
        continue;
      Step At = E.Steps->last();
      // `thread_ = std::jthread(f)` may lead to the callable by more than one way.
      if (!Seen.emplace(E.Target, F, G.site(At).At).second)
        continue;
      ThreadStart Start{E.Target, At, &E, E.Runs->In, calleeName(G, G.site(At))};
      Out.push_back(std::move(Start));
    }
  return Out;
}

static bool caught(const ProgramGraph &G, Step S) {
  const Function &F = G.function(S.Function);
  for (unsigned Index : G.site(S).Scopes)
    if (Index < F.Scopes.size() && F.Scopes[Index].K == CodeScope::Kind::Try && F.Scopes[Index].CatchesAll &&
        !F.Scopes[Index].Rethrows)
      return true;
  return false;
}

Catcher through(const ProgramGraph &G, Catcher By, Step S, const Declaration *Called) {
  if (caught(G, S))
    By = Catcher::Somebody;
  return Called && Called->Defined && Called->NoThrow ? Catcher::Boundary : By;
}

std::vector<Reached> onThread(const ProgramGraph &G, unsigned From) {
  const Declaration *D = G.declarationOf(From);
  std::vector<Reached> Out{{From, D && D->NoThrow ? Catcher::Boundary : Catcher::Nobody, false, 0, nullptr}};
  std::set<std::tuple<unsigned, Catcher, bool>> Seen{{From, Out.front().By, false}};
  for (size_t I = 0; I < Out.size(); ++I) {
    for (const Edge &E : G.edges(Out[I].Function)) {
      bool Elsewhere = E.Runs && (E.Runs->In == Scope::Thread || E.Runs->In == Scope::Workers);
      if (E.Creates || Elsewhere)
        continue;
      Reached Next{E.Target, Out[I].By, Out[I].Retried, I, E.Steps};
      for (const Chain *C = E.Steps; C; C = C->Next) {
        unsigned Below = C->Next ? C->Next->At.Function : E.Target;
        Next.By = through(G, Next.By, C->At, G.declarationOf(Below));
        Next.Retried |= retries(G, C->At);
      }
      if (Seen.emplace(Next.Function, Next.By, Next.Retried).second)
        Out.push_back(Next);
    }
  }
  return Out;
}

std::vector<Step> pathTo(llvm::ArrayRef<Reached> All, size_t Index) {
  std::vector<const Chain *> Parts;
  for (; All[Index].Steps; Index = All[Index].Caller)
    Parts.push_back(All[Index].Steps);
  std::vector<Step> Out;
  for (const Chain *Part : llvm::reverse(Parts))
    for (; Part; Part = Part->Next)
      Out.push_back(Part->At);
  return Out;
}

bool retries(const ProgramGraph &G, Step S) {
  const Function &F = G.function(S.Function);
  for (unsigned I : G.site(S).Scopes)
    if (I < F.Scopes.size() && F.Scopes[I].K == CodeScope::Kind::RetryLoop)
      return true;
  return G.roles(G.site(S)).attempts().has_value();
}

static std::string blocking(const ProgramGraph &G, const Site &S) {
  return G.roles(S).Blocks.value_or(false) ? calleeName(G, S) : std::string();
}

bool isSleep(const ProgramGraph &G, const Site &S) { return blocking(G, S).find("sleep") != std::string::npos; }

bool isJoin(const ProgramGraph &G, const Site &S) {
  const std::string Called = calleeName(G, S);
  llvm::StringRef Name = Called;
  return Name.ends_with("::join") || Name == "pthread_join" || Name == "thrd_join";
}

} // namespace poolguard
