// RUN: %check_poolguard %s poolguard-connection-outlives-transaction
//
// The handler gives the connection back, and the transaction that the exception left is still there.

#include "pool.h"

namespace {

class Client {
public:
  pqxx::connection &get() const;
};
struct Clients {
  std::unique_ptr<Client> acquire();
  POOLGUARD_ROLE("releases", 0) void release(std::unique_ptr<Client> client);
};

template <typename F> void inTransaction(Clients &clients, F &&body) {
  auto client = clients.acquire();
  pqxx::work tx(client->get());
  try {
    body(tx);
    tx.commit();
    app::log("committed");
    clients.release(std::move(client));
  } catch (...) {
    app::log("failed");
    clients.release(std::move(client));
    // CHECK-MESSAGES: :[[@LINE-1]]:13: warning: 'Clients::release' hands the connection back while transaction 'tx' on it is open
    throw;
  }
}
void user(Clients &clients) {
  inTransaction(clients, [](pqxx::work &tx) { tx.exec("UPDATE t SET a = 1"); });
}

void abortsFirst(Clients &clients) {
  auto client = clients.acquire();
  pqxx::work tx(client->get());
  try {
    tx.exec("UPDATE t SET a = 1");
    tx.commit();
  } catch (...) {
    tx.abort();
    clients.release(std::move(client));
    throw;
  }
  clients.release(std::move(client));
}

void insideTheTry(app::RawPool &pool) {
  pqxx::connection *connection = pool.acquire();
  try {
    pqxx::work tx(*connection);
    tx.exec("UPDATE t SET a = 1");
    tx.commit();
  } catch (const std::exception &) {
    pool.release(connection);
    return;
  }
  pool.release(connection);
}

// The destructors of members run after the body.
class Unit {
public:
  Unit(app::RawPool &pool, pqxx::connection *connection) : pool(pool), connection(connection), tx(*connection) {}
  ~Unit() { pool.release(connection); }
  // CHECK-MESSAGES: :[[@LINE-1]]:18: warning: 'app::RawPool::release' hands the connection back while transaction 'tx' on it is open
  Unit(const Unit &) = delete;

private:
  app::RawPool &pool;
  pqxx::connection *connection;
  pqxx::work tx;
};

class AbortingUnit {
public:
  AbortingUnit(app::RawPool &pool, pqxx::connection *connection)
      : pool(pool), connection(connection), tx(*connection) {}
  ~AbortingUnit() {
    tx.abort();
    pool.release(connection);
  }
  AbortingUnit(const AbortingUnit &) = delete;

private:
  app::RawPool &pool;
  pqxx::connection *connection;
  pqxx::work tx;
};

class EndsElsewhere {
public:
  ~EndsElsewhere() {
    end();
    pool.release(connection);
  }
  EndsElsewhere(const EndsElsewhere &) = delete;
  void end();

private:
  app::RawPool &pool;
  pqxx::connection *connection;
  pqxx::work tx;
};

// The guard of the connection alone: the transaction in it is a pointer that others end.
class Guard {
public:
  ~Guard() { pool.release(connection); }
  Guard(const Guard &) = delete;

private:
  app::RawPool &pool;
  pqxx::connection *connection;
  pqxx::work *tx;
};

} // namespace
