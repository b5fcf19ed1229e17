// The call path, and a second file in the same process.
// RUN: %check_poolguard %s poolguard-no-double-retry

#include "retry.h"

static void write(app::Store &store) { store.upsert_batch(1); }

void save(app::Store &store) {
  app::with_retry([&] { write(store); });
  // CHECK-NOTES: :[[@LINE-1]]:25: warning: this call reaches 'app::Store::upsert_batch', which retries, inside a retry by 'app::with_retry'
  // CHECK-NOTES: :[[@LINE-2]]:8: note: the retry is here, with up to 3 attempts
  // CHECK-NOTES: :[[@LINE-6]]:46: note: 'write' calls 'app::Store::upsert_batch' here
}
