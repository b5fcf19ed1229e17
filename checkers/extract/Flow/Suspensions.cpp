#include "extract/Flow/Suspensions.h"

using namespace clang;

namespace poolguard {

SuspensionFlow::SuspensionFlow(const ExprIndex &AccessOf, Function &F) : AccessOf(AccessOf), F(F) {
  bool Suspends = llvm::any_of(F.Accesses, [](const Access &A) { return A.K == Access::Kind::Await; });
  for (unsigned I = 0; Suspends && I < F.Accesses.size(); ++I)
    if (F.Accesses[I].K == Access::Kind::Write && F.Accesses[I].From != Access::None)
      Writes.push_back(I);
  Suspension.resize(Writes.size());
}

void SuspensionFlow::evaluated(const Expr &E, FlowState &State, bool Report) {
  auto At = AccessOf.find(&E);
  if (At == AccessOf.end())
    return;
  for (size_t I = 0; I < Writes.size(); ++I) {
    const Access &Now = F.Accesses[At->second];
    if (At->second == F.Accesses[Writes[I]].From) {
      State[I] = Read;
    } else if (Now.K == Access::Kind::Await && (State[I] & Read)) {
      State[I] = (State[I] & ~Read) | Suspended;
      if (!Suspension[I].valid())
        Suspension[I] = Now.At;
    } else if (At->second == Writes[I]) {
      if (Report && (State[I] & Suspended))
        F.Accesses[Writes[I]].SuspendedAt = Suspension[I];
      State[I] = Before;
    }
  }
}

} // namespace poolguard
