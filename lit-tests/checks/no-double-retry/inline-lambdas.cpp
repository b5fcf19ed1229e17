// RUN: %check_poolguard %s poolguard-no-double-retry
// The lambdas of one inline function are not each other.
#include <functional>
#include <poolguard/annotations.hpp>

namespace app {
POOLGUARD_RUNS_IN_RETRY(0, 4) void with_retry(const std::function<void()> &body);
POOLGUARD_RUNS_IN_THREAD(0) void later(const std::function<void()> &body);
struct Store {
  POOLGUARD_RETRIES(3) void upsert();
  void once();
};

inline void apart(Store &store) {
  later([&store] { store.upsert(); });
  with_retry([&store] { store.once(); });
}

inline void together(Store &store) {
  later([&store] { store.once(); });
  with_retry([&store] { store.upsert(); });
  // CHECK-MESSAGES: :[[@LINE-1]]:31: warning: 'app::Store::upsert', which retries, runs inside a retry by 'app::with_retry'
}
} // namespace app
