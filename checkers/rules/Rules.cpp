#include "llvm/ADT/ArrayRef.h"

#include "rules/ClaimWithoutSkipLocked.h"
#include "rules/DsnInLog.h"
#include "rules/LockPathRouting.h"
#include "rules/NoDoubleRetry.h"
#include "rules/NoLegacyGetconnection.h"
#include "rules/NoLockPathRetry.h"
#include "rules/RetryInsideTransaction.h"
#include "rules/RetryNotIdempotent.h"
#include "rules/Rule.h"
#include "rules/SessionStateOnTransactionLane.h"
#include "rules/StartupParameterOnTransactionLane.h"
#include "rules/UnfencedTransition.h"

namespace poolguard {

llvm::ArrayRef<Rule> allRules() {
  static const Rule Rules[] = {
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
  };
  return Rules;
}

} // namespace poolguard
