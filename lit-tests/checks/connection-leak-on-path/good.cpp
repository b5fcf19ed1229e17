// RUN: %check_poolguard %s poolguard-connection-leak-on-path

#include "pool.h"

void handlers(app::RawPool &pool) {
  pqxx::connection *connection = pool.acquire();
  try {
    pqxx::work tx(*connection);
    tx.exec("UPDATE t SET a = 1");
    tx.commit();
  } catch (...) {
    pool.release(connection);
    throw;
  }
  pool.release(connection);
}

// Nothing is sent when this is made.
void withoutBegin(app::RawPool &pool) {
  pqxx::connection *connection = pool.acquire();
  pqxx::nontransaction tx(*connection);
  try {
    tx.exec("UPDATE t SET a = 1");
  } catch (...) {
  }
  pool.release(connection);
}

bool nothingToGiveBack(app::RawPool &pool) {
  pqxx::connection *connection = pool.acquire();
  if (!connection)
    return false;
  pool.release(connection);
  return true;
}

void onlyIfThere(app::RawPool &pool) {
  pqxx::connection *connection = pool.acquire();
  if (connection != nullptr)
    pool.release(connection);
}

// Others have it now.
pqxx::connection *handedOn(app::RawPool &pool, bool wanted) {
  pqxx::connection *connection = pool.acquire();
  if (wanted)
    return connection;
  pool.release(connection);
  return nullptr;
}
struct Holder {
  pqxx::connection *held = nullptr;
  void take(app::RawPool &pool, bool wanted) {
    pqxx::connection *connection = pool.acquire();
    if (wanted) {
      held = connection;
      return;
    }
    pool.release(connection);
  }
};
void owned(app::RawPool &pool) {
  pqxx::connection *connection = pool.acquire();
  auto back = [&pool](pqxx::connection *c) { pool.release(c); };
  std::unique_ptr<pqxx::connection, decltype(back)> guard(connection, back);
  pqxx::work tx(*connection);
  tx.exec("UPDATE t SET a = 1");
  tx.commit();
}

// Each round its own.
void rounds(app::RawPool &pool) {
  for (int i = 0; i < 3; ++i) {
    pqxx::connection *connection = pool.acquire();
    app::log("round");
    pool.release(connection);
  }
}

// Never handed back here: whoever does is somewhere else.
void elsewhere(app::RawPool &pool) {
  pqxx::connection *connection = pool.acquire();
  app::log(connection ? "yes" : "no");
}

class Guard {
public:
  explicit Guard(app::RawPool &pool) : pool_(pool), connection_(pool.acquire()) {}
  Guard(const Guard &) = delete;
  Guard &operator=(const Guard &) = delete;
  ~Guard() { pool_.release(connection_); }

private:
  app::RawPool &pool_;
  pqxx::connection *connection_;
};

class Movable {
public:
  Movable(Movable &&other) : pool_(other.pool_), connection_(other.connection_) { other.connection_ = nullptr; }
  ~Movable() {
    if (connection_)
      pool_.release(connection_);
  }

private:
  app::RawPool &pool_;
  pqxx::connection *connection_;
};

void suppressed(app::RawPool &pool, bool quick) {
  pqxx::connection *connection = pool.acquire(); // NOLINT(poolguard-connection-leak-on-path)
  if (quick)
    return;
  pool.release(connection);
}
