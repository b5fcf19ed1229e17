#include "rules/Paths.h"

namespace poolguard {

std::string calleeName(const ProgramGraph &Graph, const Site &S) {
  const Declaration *D = S.Callee.empty() ? nullptr : Graph.declaration(S.Callee);
  return D ? D->Name : "a callable";
}

std::vector<Note> callNotes(const ProgramGraph &Graph, const Chain *Path, Step FindingAt) {
  std::vector<Note> Notes;
  for (; Path; Path = Path->Next) {
    if (Path->At == FindingAt)
      continue;
    const Site &S = Graph.site(Path->At);
    std::string Caller = Graph.function(Path->At.Function).Name;
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
