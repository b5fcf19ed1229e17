// RUN: %check_poolguard %s poolguard-connection-leak-on-path

#include "pool.h"

int earlyReturn(app::RawPool &pool, bool quick) {
  pqxx::connection *connection = pool.acquire();
  // CHECK-MESSAGES: :[[@LINE-1]]:21: warning: 'connection' isn't handed back on every path that returns: the pool has one connection less each time, and in the end none; hold it in a guard that hands it back when it is destroyed [poolguard-connection-leak-on-path]
  if (quick)
    return 1;
  pool.release(connection);
  return 0;
}

void throws(app::RawPool &pool) {
  pqxx::connection *connection = pool.acquire();
  // CHECK-MESSAGES: :[[@LINE-1]]:21: warning: 'connection' isn't handed back when an exception leaves the function
  {
    pqxx::work tx(*connection);
    tx.exec("UPDATE t SET a = 1");
    tx.commit();
  }
  pool.release(connection);
}

// BEGIN fails on a broken connection, before the try block that would hand it back.
void refusedBegin(app::RawPool &pool) {
  pqxx::connection *connection = pool.acquire();
  // CHECK-MESSAGES: :[[@LINE-1]]:21: warning: 'connection' isn't handed back when an exception leaves the function
  pqxx::work tx(*connection);
  try {
    tx.exec("UPDATE t SET a = 1");
    tx.commit();
  } catch (const std::exception &) {
  }
  pool.release(connection);
}

// Another type is caught than what a statement throws.
void otherHandler(app::RawPool &pool) {
  pqxx::connection *connection = pool.acquire();
  // CHECK-MESSAGES: :[[@LINE-1]]:21: warning: 'connection' isn't handed back when an exception leaves the function
  connection->prepare("p", "SELECT 1");
  pool.release(connection);
}

void twice(app::RawPool &pool, bool failed) {
  pqxx::connection *connection = pool.acquire();
  if (failed)
    app::log("failed");
  pool.release(connection);
  pool.release(connection);
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: 'connection' is handed back twice: two others then work on one connection at once; hand it back in one place
}

class Guard {
  // CHECK-MESSAGES: :[[@LINE-1]]:7: warning: 'Guard' hands a connection back in its destructor and can be copied: each copy hands the same connection back, and two others then work on it at once; delete its copy constructor and assignment
public:
  explicit Guard(app::RawPool &pool) : pool_(pool), connection_(pool.acquire()) {}
  ~Guard() { pool_.release(connection_); }

private:
  app::RawPool &pool_;
  pqxx::connection *connection_;
};
