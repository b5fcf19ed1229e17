#include "llvm/ADT/ArrayRef.h"

#include "rules/LockPathRouting.h"
#include "rules/NoLegacyGetconnection.h"
#include "rules/Rule.h"

namespace poolguard {

llvm::ArrayRef<Rule> allRules() {
  static const Rule Rules[] = {
      {"no-legacy-getconnection", noLegacyGetconnection},
      {"lock-path-routing", lockPathRouting},
  };
  return Rules;
}

} // namespace poolguard
