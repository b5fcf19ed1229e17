// Retry loops that nobody declared.
// RUN: %check_poolguard %s poolguard-no-double-retry

#include "retry.h"

#include <stdexcept>

constexpr int kAttempts = 5;

void for_loop(app::Store &store) {
  for (int i = 0; i < kAttempts; ++i) {
    try {
      store.upsert_batch(1);
      // CHECK-MESSAGES: :[[@LINE-1]]:13: warning: 'app::Store::upsert_batch', which retries, runs inside the retry loop in 'for_loop': up to 5 x 3 = 15 attempts
      return;
    } catch (const std::exception &e) {
      app::log_error(e.what());
    }
  }
}

void counts_down(app::Store &store) {
  int left = 4;
  while (left-- > 0) {
    try {
      store.upsert_batch(1);
      // CHECK-MESSAGES: :[[@LINE-1]]:13: warning: {{.*}} up to 4 x 3 = 12 attempts
      break;
    } catch (...) {
    }
  }
}

void flag(app::Store &store) {
  bool done = false;
  int tries = 0;
  while (!done && tries < 3) {
    try {
      store.upsert_batch(1);
      // CHECK-MESSAGES: :[[@LINE-1]]:13: warning: {{.*}} up to 3 x 3 = 9 attempts
      done = true;
    } catch (...) {
      ++tries;
    }
  }
}

void unbounded_with_throw(app::Store &store) {
  int attempt = 0;
  while (true) {
    try {
      store.upsert_batch(1);
      // CHECK-MESSAGES: :[[@LINE-1]]:13: warning: {{.*}} up to 6 x 3 = 18 attempts
      return;
    } catch (const std::runtime_error &) {
      if (++attempt >= 6)
        throw;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

void do_loop(app::Store &store) {
  int n = 0;
  bool again = true;
  do {
    try {
      store.upsert_batch(1);
      // CHECK-MESSAGES: :[[@LINE-1]]:13: warning: {{.*}} up to 3 x 3 = 9 attempts
      again = false;
    } catch (...) {
    }
  } while (again && ++n < 3);
}

void failed_flag(app::Store &store) {
  for (int i = 0;; ++i) {
    bool failed = false;
    try {
      store.upsert_batch(1);
      // CHECK-MESSAGES: :[[@LINE-1]]:13: warning: {{.*}} the attempts of both, multiplied,
    } catch (const std::exception &) {
      failed = true;
    }
    if (!failed)
      break;
    std::this_thread::sleep_for(std::chrono::milliseconds(100 * i));
  }
}

// A backoff list is no list of items.
void backoff(app::Store &store) {
  for (int delay : {100, 200, 400}) {
    try {
      store.upsert_batch(1);
      // CHECK-MESSAGES: :[[@LINE-1]]:13: warning: {{.*}} inside the retry loop in 'backoff'
      return;
    } catch (const std::exception &) {
      std::this_thread::sleep_for(std::chrono::milliseconds(delay));
    }
  }
}

// By its result.
bool sends_itself() {
  for (int attempt = 0; attempt < 3; ++attempt) {
    if (app::send(1))
      return true;
  }
  return false;
}
void by_result() {
  app::with_retry([] {
    if (!sends_itself())
      // CHECK-MESSAGES: :[[@LINE-1]]:10: warning: this call reaches the retry loop in 'sends_itself' inside a retry by 'app::with_retry': up to 3 x 3 = 9 attempts
      throw std::runtime_error("not sent");
  });
}

// Loops in loops.
void inner_loop() {
  for (int outer = 0; outer < 2; ++outer) {
    try {
      for (int inner = 0; inner < 3; ++inner) {
        // CHECK-MESSAGES: :[[@LINE-1]]:7: warning: the retry loop in 'inner_loop' runs inside the retry loop in 'inner_loop': up to 2 x 3 = 6 attempts
        try {
          app::refresh();
          break;
        } catch (const std::runtime_error &) {
        }
      }
      return;
    } catch (const std::exception &) {
    }
  }
}

// A helper that nobody gave a role: what it is handed is tried again.
template <typename Body> void again(Body body) {
  for (int i = 0;; ++i) {
    try {
      body();
      return;
    } catch (const std::exception &) {
      if (i == 2)
        throw;
    }
  }
}
void through_helper(app::Store &store) {
  again([&] { store.upsert_batch(1); });
  // CHECK-MESSAGES: :[[@LINE-1]]:21: warning: 'app::Store::upsert_batch', which retries, runs inside the retry loop in 'again': up to 3 x 3 = 9 attempts
}

// One loop may be both retries: what it runs calls its function again.
void patiently(const std::function<void()> &body) {
  for (int attempt = 0; attempt < 3; ++attempt) {
    try {
      body();
      return;
    } catch (const std::exception &) {
    }
  }
}
void nested(app::Store &store) {
  patiently([&] { patiently([&] { store.insert(1); }); });
  // CHECK-MESSAGES: :[[@LINE-1]]:19: warning: this call reaches the retry loop in 'patiently' inside the retry loop in 'patiently': up to 3 x 3 = 9 attempts
}
void doggedly(const std::function<void()> &body) {
  for (int attempt = 0; attempt < 4; ++attempt) {
    try {
      body();
      return;
    } catch (const std::exception &) {
    }
  }
}
void save(app::Store &store) {
  doggedly([&] { store.insert(1); });
}
void over_a_call(app::Store &store) {
  doggedly([&] { save(store); });
  // CHECK-MESSAGES: :[[@LINE-1]]:18: warning: this call reaches the retry loop in 'doggedly' inside the retry loop in 'doggedly': up to 4 x 4 = 16 attempts
}
// One after the other.
void twice(app::Store &store) {
  save(store);
  doggedly([&] { store.insert(2); });
}
