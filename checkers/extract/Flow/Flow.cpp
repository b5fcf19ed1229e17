#include "extract/Flow/Flow.h"

#include "extract/Flow/Cfg.h"
#include "extract/Flow/Connections.h"
#include "extract/Flow/Locks.h"
#include "extract/Flow/Places.h"
#include "extract/Flow/Suspensions.h"
#include "extract/Flow/TextTransactions.h"
#include "extract/Flow/Transactions.h"

using namespace clang;

namespace poolguard {

void analyseFlow(TuContext &Tu, const FunctionDecl &D, const ExprIndex &SiteOf, const ExprIndex &AccessOf,
                 Function &F) {
  if ((SiteOf.empty() && AccessOf.empty()) || !D.getBody())
    return;
  noteCopyableGuard(Tu, D, F);
  noteReleaseBeforeMembers(Tu, D, SiteOf, F);
  LockFlow Locks(Tu, D, SiteOf, AccessOf, F);
  TransactionFlow Transactions(Tu, D, SiteOf, F);
  TextTransactionFlow TextTransactions(Tu, D, SiteOf, F);
  ConnectionFlow Connections(Tu, D, SiteOf, F);
  SuspensionFlow Suspensions(AccessOf, F);
  if (Locks.trivial() && Transactions.trivial() && TextTransactions.trivial() && Connections.trivial() &&
      Suspensions.trivial())
    return;
  std::unique_ptr<FlowGraph> Graph = FlowGraph::build(D);
  if (!Graph)
    return;
  const LangOptions &Language = Tu.Ast.getLangOpts();
  if (!Locks.trivial())
    solve(*Graph, Language, Locks);
  if (!Transactions.trivial()) {
    solve(*Graph, Language, Transactions);
    Transactions.finish();
  }
  if (!TextTransactions.trivial())
    solve(*Graph, Language, TextTransactions);
  if (!Connections.trivial())
    solve(*Graph, Language, Connections);
  if (!Suspensions.trivial())
    solve(*Graph, Language, Suspensions);
  sortScopes(F);
}

} // namespace poolguard
