// RUN: %check_poolguard %s poolguard-no-double-retry

#include "retry.h"

#include <atomic>
#include <optional>
#include <pqxx/pqxx>
#include <stdexcept>
#include <vector>

void one_layer(app::Store &store) {
  app::with_retry([&] { store.insert(1); });
  store.upsert_batch(1);
}

// A poll loop goes round after success, too.
void poll(app::Store &store, const std::atomic<bool> &stop) {
  while (!stop) {
    try {
      store.upsert_batch(1);
    } catch (const std::exception &) {
      app::log_error("poll");
    }
    std::this_thread::sleep_for(std::chrono::seconds(1));
  }
}
void poll_until_told(app::Store &store, const std::atomic<bool> &stop) {
  for (;;) {
    try {
      store.upsert_batch(1);
      if (stop)
        return;
    } catch (const std::exception &) {
    }
  }
}
std::optional<int> take();
void drain(app::Store &store) {
  while (true) {
    try {
      auto item = take();
      if (!item)
        return;
      store.upsert_batch(*item);
    } catch (const std::exception &) {
    }
  }
}
void wait_for_work(app::Store &store) {
  while (true) {
    try {
      store.upsert_batch(1);
      auto item = take();
      if (item)
        return;
    } catch (const std::exception &) {
    }
    std::this_thread::sleep_for(std::chrono::seconds(1));
  }
}

// A loop over items.
void items(app::Store &store, const std::vector<int> &rows) {
  for (int row : rows) {
    try {
      store.upsert_batch(row);
    } catch (const std::exception &) {
    }
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    try {
      store.upsert_batch(rows[i]);
      return;
    } catch (const std::exception &) {
    }
  }
  for (auto it = rows.begin(); it != rows.end(); ++it) {
    try {
      store.upsert_batch(*it);
      return;
    } catch (const std::exception &) {
    }
  }
  for (int i = 0; i < 3; ++i) {
    try {
      store.upsert_batch(i);
    } catch (const std::exception &) {
    }
  }
}

// Stored, or on another thread: it doesn't run in the retry.
struct Later {
  std::vector<std::function<void()>> todo;
  std::function<void()> hook;
  void collect(app::Store &store) {
    app::with_retry([&] {
      todo.push_back([&store] { store.upsert_batch(1); });
      hook = [&store] { store.upsert_batch(1); };
      app::post([&store] { store.upsert_batch(1); });
    });
  }
};

// The loop that a retry is made of is no second one.
POOLGUARD_RUNS_IN_RETRY(0, 3) void own_retry(const std::function<void()> &body) {
  for (int attempt = 0; attempt < 3; ++attempt) {
    try {
      body();
      return;
    } catch (const std::exception &) {
    }
  }
}
void uses_own(app::Store &store) {
  own_retry([&] { store.insert(1); });
}
struct Batch {
  POOLGUARD_RETRIES(3) void write() {
    app::with_retry([] { app::refresh(); });
  }
};

// Rethrown, so there is no next round.
void rethrows(app::Store &store) {
  for (;;) {
    try {
      store.upsert_batch(1);
      return;
    } catch (const std::exception &) {
      throw;
    }
  }
}

// pqxx's own loop, which is in the header.
int performs(pqxx::connection &connection) {
  int count = 0;
  pqxx::perform([&] {
    pqxx::work tx(connection);
    count = tx.query_value<int>("SELECT count(*) FROM t");
    tx.commit();
  });
  return count;
}
