#include "rules/LostResults.h"

#include <algorithm>
#include <deque>
#include <set>

#include "rules/Paths.h"

namespace poolguard {

LostResults::LostResults(const ProgramGraph &Graph, std::function<bool(const FunctionRoles &)> IsKnown, Report OnLoss)
    : G(Graph), Known(std::move(IsKnown)), Lost(std::move(OnLoss)) {}

unsigned LostResults::followCalls() {
  unsigned Found = 0;
  for (unsigned F = 0; F < G.functions().size(); ++F)
    for (unsigned I = 0; I < G.function(F).Sites.size(); ++I) {
      const Site &S = G.site({F, I});
      if (S.Creates || S.Reference)
        continue;
      const Declaration *D = called(G, S);
      if (!D || !Known(*D->Roles))
        continue;
      ++Found;
      follow({"'" + D->Name + "'", {{F, I}}, 0});
    }
  return Found;
}

void LostResults::follow(Operation First) {
  if (!returned(First, First.Steps.size()))
    return;
  std::deque<Operation> Work{std::move(First)};
  std::set<unsigned> Carriers;
  while (!Work.empty()) {
    const Operation Of = std::move(Work.front());
    Work.pop_front();
    unsigned Carrier = Of.Steps.front().Function;
    const Declaration *D = G.declarationOf(Carrier);
    // With the role the calls of it are looked at anyway.
    if (!Carriers.insert(Carrier).second || (D && Known(*D->Roles)))
      continue;
    for (CallerEdge Caller : G.callers(Carrier)) {
      const Edge &E = G.edge(Caller);
      if (E.Creates)
        continue;
      Operation Up{Of.What, steps(E.Steps), 0};
      size_t Frames = Up.Steps.size();
      Up.Steps.insert(Up.Steps.end(), Of.Steps.begin(), Of.Steps.end());
      if (returned(Up, Frames))
        Work.push_back(std::move(Up));
    }
  }
}

/// Whether the outermost `Frames` frames hand the result on, each to the next one out; reports the one that loses it.
bool LostResults::returned(const Operation &Of, size_t Frames) {
  for (size_t I = Frames; I-- > 0;) {
    const Site &S = G.site(Of.Steps[I]);
    bool Itself = I + 1 == Of.Steps.size();
    if (!Itself && !callsNext(G, S, Of.Steps[I + 1].Function)) {
      // A callable that something outside of the program runs.
      const FunctionRoles &Roles = G.roles(S);
      if (Roles.Runs.empty())
        return false;
      Scope In = Roles.Runs.front().In;
      if (S.Result == ResultUse::NoResult) {
        if (In == Scope::Thread || In == Scope::Workers)
          report(Of, I, I + 1, "is dropped by the thread that runs this");
        return false;
      }
    }
    std::string By = I > Of.SeenAt ? " in '" + G.function(Of.Steps[I].Function).Name + "'" : "";
    if (S.Result == ResultUse::Dropped)
      report(Of, I, std::min(I, Of.SeenAt), "is dropped" + By);
    else if (S.Result == ResultUse::Unread)
      report(Of, I, std::min(I, Of.SeenAt), "goes into '" + S.ResultIn + "'" + By + ", which nobody reads");
    if (S.Result != ResultUse::Returned)
      return false;
  }
  return true;
}

void LostResults::report(const Operation &Of, size_t LostAt, size_t Seen, std::string How) {
  LostResult Out{Of, Of.Steps[Seen], "the result of " + Of.What, std::move(How), {}};
  if (Seen == LostAt && Seen + 1 < Of.Steps.size()) {
    const Site &S = G.site(Out.At);
    Out.Subject = "the result of " + (S.Callee.empty() ? "this call" : "'" + calleeName(G, S) + "'") +
                  ", which is that of " + Of.What + ",";
  }
  Out.Path = callNotes(G, Of.Steps, Out.At);
  Lost(Out);
}

} // namespace poolguard
