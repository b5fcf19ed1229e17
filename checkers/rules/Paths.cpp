#include "rules/Paths.h"

namespace poolguard {

std::string calleeName(const ProgramGraph &Graph, const Site &S) {
  const Declaration *D = Graph.callee(S);
  return D ? D->Name : "a callable";
}

const Declaration *called(const ProgramGraph &Graph, const Site &S) {
  if (!S.Callee.empty())
    return Graph.callee(S);
  return S.Through.K == Value::Kind::Function ? Graph.declaration(S.Through.Name) : nullptr;
}

std::vector<Note> callNotes(const ProgramGraph &Graph, const Chain *Path, Step FindingAt) {
  return callNotes(Graph, steps(Path), FindingAt);
}

std::vector<Note> callNotes(const ProgramGraph &Graph, llvm::ArrayRef<Step> Path, Step FindingAt) {
  std::vector<Note> Notes;
  for (Step At : Path) {
    if (At == FindingAt)
      continue;
    const Site &S = Graph.site(At);
    std::string Caller = Graph.function(At.Function).Name;
    if (Caller.find("lambda") != 0)
      Caller = "'" + Caller + "'";
    else
      Caller = "the " + Caller;
    if (S.Creates)
      Notes.push_back({S.At, Caller + " makes the lambda here"});
    else
      Notes.push_back({S.At, Caller + " calls '" + calleeName(Graph, S) + "' here"});
  }
  return Notes;
}

std::vector<Step> steps(const Chain *Path) {
  std::vector<Step> Out;
  for (; Path; Path = Path->Next)
    Out.push_back(Path->At);
  return Out;
}

bool callsNext(const ProgramGraph &Graph, const Site &S, unsigned Next) {
  if (S.Callee.empty())
    return true;
  const Function &Below = Graph.function(Next);
  if (S.Callee == Below.Usr || S.Callee == Below.Pattern)
    return true;
  return S.Virtual && Graph.roles(S).Runs.empty();
}

const char *laneName(Lane L) {
  switch (L) {
  case Lane::Transaction: return "transaction";
  case Lane::Session: return "session";
  case Lane::Tx: return "tx";
  case Lane::Connection:
  case Lane::Unknown: break;
  }
  return "unknown";
}

} // namespace poolguard
