// RUN: %check_poolguard %s poolguard-worker-pool-atomicity

#include "queue.h"

#include <atomic>
#include <vector>

void work(int item);

// More than one right answer, or a text that isn't the code's own.
#define TAKE(next)                                                                                                     \
  auto mine = (next).load();                                                                                           \
  (next).store(mine + 1);
void unmended(const std::vector<int> &items, bool some) {
  std::atomic<std::size_t> next{0};
  std::atomic<int> state{0};
  app::parallel_for(4, [&] {
    TAKE(next);
    // CHECK-MESSAGES: :[[@LINE-1]]:5: warning: 'next' is loaded, then stored
    // CHECK-REMAINS: :[[@LINE-2]]:5: warning: 'next' is loaded, then stored
    work(items[mine]);
  });
  app::parallel_for(4, [&] {
    auto mine = next.load();
    if (some)
      next.store(mine + 1);
    // CHECK-MESSAGES: :[[@LINE-1]]:12: warning: 'next' is loaded, then stored
    // CHECK-REMAINS: :[[@LINE-2]]:12: warning: 'next' is loaded, then stored
    auto other = next.load();
    next.store(other * 2); // NOLINT(poolguard-worker-pool-atomicity)
  });
  app::parallel_for(4, [&] {
    next = next + 1;
    // CHECK-MESSAGES: :[[@LINE-1]]:10: warning: 'next' is loaded, then stored
    // CHECK-REMAINS: :[[@LINE-2]]:10: warning: 'next' is loaded, then stored
    if (state == 0) {
      state = 1;
      // CHECK-MESSAGES: :[[@LINE-1]]:13: warning: 'state' is looked at, then set
      // CHECK-REMAINS: :[[@LINE-2]]:13: warning: 'state' is looked at, then set
      work(items[2]);
    }
  });
}

// Two steps of an atomic.
void split(const std::vector<int> &items) {
  std::atomic<std::size_t> next{0};
  app::parallel_for(4, [&] {
    auto mine = next.load();
    next.store(mine + 1);
    // CHECK-MESSAGES: :[[@LINE-1]]:10: warning: 'next' is loaded, then stored: between the two another thread loads the same value, and both work on it; take the value in one step with fetch_add or compare_exchange
    // CHECK-FIXES: {{^}}    auto mine = next.fetch_add(1);
    // CHECK-FIXES-NOT: .store(
    // CHECK-FIXES: {{^}}    if (mine
    if (mine < items.size())
      work(items[mine]);
  });
}

// Look, then set: one exchange, which says what was there before.
void flags(const std::vector<int> &items) {
  std::atomic<bool> taken{false}, free{true};
  app::parallel_for(4, [&] {
    if (!taken.load()) {
      taken.store(true);
      // CHECK-MESSAGES: :[[@LINE-1]]:13: warning: 'taken' is looked at, then set: between the two another thread sees it as this one did, and both go on; look and set in one step with exchange or compare_exchange
      // CHECK-FIXES: {{^}}    if (!taken.exchange(true)) {
      // CHECK-FIXES-NOT: .store(
      // CHECK-FIXES: {{^}}      work(items[0])
      work(items[0]);
    }
    if (free) {
      free = false;
      // CHECK-MESSAGES: :[[@LINE-1]]:12: warning: 'free' is looked at, then set
      // CHECK-FIXES: {{^}}    if (free.exchange(false)) {
      work(items[1]);
    }
  });
}
