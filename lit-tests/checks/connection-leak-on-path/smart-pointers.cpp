// RUN: %check_poolguard %s poolguard-connection-leak-on-path
//
// Pools that lend smart pointers and want them back by hand.

#include "pool.h"

namespace {

struct SharedPool {
  std::shared_ptr<pqxx::connection> get();
  POOLGUARD_ROLE("releases", 0) void put_back(std::shared_ptr<pqxx::connection> connection);
};
struct UniquePool {
  std::unique_ptr<pqxx::connection> get();
  POOLGUARD_ROLE("releases", 0) void put_back(std::unique_ptr<pqxx::connection> connection);
};

bool earlyReturn(SharedPool *pool) {
  auto connection = pool->get();
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: 'connection' isn't handed back on every path that returns
  // CHECK-MESSAGES: :[[@LINE-2]]:8: warning: 'connection' isn't handed back when an exception leaves the function
  pqxx::work tx(*connection);
  if (tx.exec("SELECT 1").empty())
    return false;
  tx.commit();
  pool->put_back(connection);
  return true;
}

void moved(UniquePool &pool) {
  auto connection = pool.get();
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: 'connection' isn't handed back when an exception leaves the function
  pqxx::work tx(*connection);
  tx.exec("UPDATE t SET a = 1");
  tx.commit();
  pool.put_back(std::move(connection));
}

// Its handlers hand it back after every failure but that of BEGIN: the first use after the server was restarted.
void inHandlersToo(SharedPool &pool) {
  auto connection = pool.get();
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: 'connection' isn't handed back when an exception leaves the function
  pqxx::work tx(*connection);
  try {
    tx.exec("UPDATE t SET a = 1");
    tx.commit();
    pool.put_back(connection);
  } catch (const std::exception &) {
    tx.abort();
    pool.put_back(connection);
  } catch (...) {
    tx.abort();
    pool.put_back(connection);
  }
}

// What comes after the release may throw, and the handler releases once more.
struct Row {
  int number() const;
};
Row first(const pqxx::result &);
int readsTooLate(SharedPool &pool) {
  auto connection = pool.get();
  pqxx::nontransaction tx(*connection);
  try {
    pqxx::result rows = tx.exec("SELECT 1");
    tx.commit();
    pool.put_back(connection);
    return first(rows).number();
  } catch (const std::exception &) {
    pool.put_back(connection);
    // CHECK-MESSAGES: :[[@LINE-1]]:10: warning: 'connection' is handed back twice
    return -1;
  }
}
void throwsAfterwards(app::RawPool &pool, bool failed) {
  pqxx::connection *connection = pool.acquire();
  try {
    if (failed) {
      pool.release(connection);
      throw std::runtime_error("failed");
    }
    pool.release(connection);
  } catch (...) {
    pool.release(connection);
    // CHECK-MESSAGES: :[[@LINE-1]]:10: warning: 'connection' is handed back twice
    throw;
  }
}

// Another owner may hand it back.
struct Keeper {
  std::shared_ptr<pqxx::connection> kept;
  void take(SharedPool &pool, bool wanted) {
    auto connection = pool.get();
    if (wanted) {
      kept = connection;
      return;
    }
    pool.put_back(connection);
  }
};

std::shared_ptr<pqxx::connection> copied(SharedPool &pool, bool wanted) {
  auto connection = pool.get();
  if (auto copy = connection; wanted)
    return copy;
  pool.put_back(connection);
  return nullptr;
}

// Each copy of it hands the same connection back.
class Handle {
  // CHECK-MESSAGES: :[[@LINE-1]]:7: warning: 'Handle' hands a connection back in its destructor and can be copied
public:
  Handle(std::shared_ptr<pqxx::connection> connection, SharedPool &pool) : connection(connection), pool(pool) {}
  ~Handle() { pool.put_back(connection); }

private:
  std::shared_ptr<pqxx::connection> connection;
  SharedPool &pool;
};
class UniqueHandle {
public:
  ~UniqueHandle() { pool.put_back(std::move(connection)); }

private:
  std::unique_ptr<pqxx::connection> connection;
  UniquePool &pool;
};

// A deleter hands it back.
struct GivesBack {
  UniquePool *pool;
  void operator()(pqxx::connection *connection) const;
};
struct GuardedPool {
  std::unique_ptr<pqxx::connection, GivesBack> get();
  POOLGUARD_ROLE("releases", 0) void put_back(std::unique_ptr<pqxx::connection, GivesBack> connection);
};
bool deleter(GuardedPool &pool, bool quick) {
  auto connection = pool.get();
  if (quick)
    return false;
  pool.put_back(std::move(connection));
  return true;
}

} // namespace
