#include "link/Closure.h"

#include <utility>
#include <vector>

namespace poolguard {

/// `Next` visits what is beside a function.
template <class Neighbours> static std::set<unsigned> closure(std::set<unsigned> Of, Neighbours Next) {
  std::vector<unsigned> Work(Of.begin(), Of.end());
  while (!Work.empty()) {
    unsigned F = Work.back();
    Work.pop_back();
    Next(F, [&](unsigned N) {
      if (Of.insert(N).second)
        Work.push_back(N);
    });
  }
  return Of;
}

std::set<unsigned> withCallers(const ProgramGraph &Graph, std::set<unsigned> Functions) {
  return closure(std::move(Functions), [&](unsigned F, auto Visit) {
    for (CallerEdge E : Graph.callers(F))
      Visit(E.Caller);
  });
}

std::set<unsigned> withCallees(const ProgramGraph &Graph, std::set<unsigned> Functions) {
  return closure(std::move(Functions), [&](unsigned F, auto Visit) {
    for (const Edge &E : Graph.edges(F))
      Visit(E.Target);
  });
}

} // namespace poolguard
