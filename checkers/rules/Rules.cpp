#include <map>

#include "llvm/ADT/ArrayRef.h"

#include "link/ProgramGraph.h"

#include "rules/BlockingInTransaction.h"
#include "rules/ClaimWithoutSkipLocked.h"
#include "rules/ConnectionLeakOnPath.h"
#include "rules/ConnectionOutlivesTransaction.h"
#include "rules/ConnectionSharedAcrossThreads.h"
#include "rules/DsnInLog.h"
#include "rules/LockFailOpen.h"
#include "rules/LockPathRouting.h"
#include "rules/LockPathSingleStatement.h"
#include "rules/MissingCommit.h"
#include "rules/NoDoubleRetry.h"
#include "rules/NoLegacyGetconnection.h"
#include "rules/NoLockPathRetry.h"
#include "rules/NoTransactionReroute.h"
#include "rules/NotInTransactionBlock.h"
#include "rules/RetryInsideTransaction.h"
#include "rules/RetryNotIdempotent.h"
#include "rules/Rule.h"
#include "rules/SessionStateOnTransactionLane.h"
#include "rules/StartupParameterOnTransactionLane.h"
#include "rules/TransactionUseAfterEnd.h"
#include "rules/UncheckedFence.h"
#include "rules/UnfencedTransition.h"
#include "rules/WorkerLockRenewalShape.h"
#include "rules/WorkerPoolAtomicity.h"

namespace poolguard {

llvm::ArrayRef<Rule> allRules() {
  static const Rule Rules[] = {
      {"worker-pool-atomicity", workerPoolAtomicity},
      {"worker-lock-renewal-shape", workerLockRenewalShape},
      {"no-legacy-getconnection", noLegacyGetconnection},
      {"lock-path-routing", lockPathRouting},
      {"no-double-retry", noDoubleRetry},
      {"session-state-on-transaction-lane", sessionStateOnTransactionLane},
      {"no-lock-path-retry", noLockPathRetry},
      {"unfenced-transition", unfencedTransition},
      {"retry-not-idempotent", retryNotIdempotent},
      {"retry-inside-transaction", retryInsideTransaction},
      {"startup-parameter-on-transaction-lane", startupParameterOnTransactionLane},
      {"dsn-in-log", dsnInLog},
      {"claim-without-skip-locked", claimWithoutSkipLocked},
      {"no-transaction-reroute", noTransactionReroute},
      {"transaction-use-after-end", transactionUseAfterEnd},
      {"connection-outlives-transaction", connectionOutlivesTransaction},
      {"blocking-in-transaction", blockingInTransaction},
      {"lock-path-single-statement", lockPathSingleStatement},
      {"missing-commit", missingCommit},
      {"not-in-transaction-block", notInTransactionBlock},
      {"connection-leak-on-path", connectionLeakOnPath},
      {"unchecked-fence", uncheckedFence},
      {"lock-fail-open", lockFailOpen},
      {"connection-shared-across-threads", connectionSharedAcrossThreads},
  };
  return Rules;
}

void runRule(const Rule &R, const ProgramGraph &Graph, std::vector<Finding> &Findings, RuleStats &Stats) {
  const size_t Before = Findings.size();
  R.Run(Graph, Findings, Stats);
  if (Findings.size() == Before)
    return;
  std::map<Location, Location> PreparedAt; // of the statements that are prepared, by the places that findings have
  for (const StatementUse &Use : Graph.statements())
    if (Use.PreparedAt)
      for (Step At : {Use.TextAt, Use.Path->last()})
        PreparedAt.try_emplace(Graph.site(At).At, Graph.site(*Use.PreparedAt).At);
  for (Finding &Found : llvm::MutableArrayRef(Findings).drop_front(Before))
    if (auto At = PreparedAt.find(Found.At); At != PreparedAt.end())
      Found.Path.push_back({At->second, "the statement is prepared here"});
}

} // namespace poolguard
