#include "link/Closure.h"

#include <utility>
#include <vector>

namespace poolguard {

/// `Next` visits what is beside a function.
template <class Neighbours> static llvm::BitVector closure(llvm::BitVector Of, Neighbours Next) {
  std::vector<unsigned> Work(Of.set_bits_begin(), Of.set_bits_end());
  while (!Work.empty()) {
    unsigned F = Work.back();
    Work.pop_back();
    Next(F, [&](unsigned N) {
      if (!Of.test(N)) {
        Of.set(N);
        Work.push_back(N);
      }
    });
  }
  return Of;
}

llvm::BitVector withCallers(const ProgramGraph &Graph, llvm::BitVector Functions) {
  return closure(std::move(Functions), [&](unsigned F, auto Visit) {
    for (CallerEdge E : Graph.callers(F))
      Visit(E.Caller);
  });
}

llvm::BitVector withCallees(const ProgramGraph &Graph, llvm::BitVector Functions) {
  return closure(std::move(Functions), [&](unsigned F, auto Visit) {
    for (const Edge &E : Graph.edges(F))
      Visit(E.Target);
  });
}

} // namespace poolguard
