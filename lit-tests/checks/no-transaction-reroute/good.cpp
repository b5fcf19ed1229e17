// RUN: %check_poolguard %s poolguard-no-transaction-reroute

#include "pool.h"

void save(app::Database &db) { db.execute("INSERT INTO t VALUES (1)"); }

void handle(app::Database &db) {
  db.transaction([&](app::Database &tx) {
    tx.execute("SELECT 1");
    save(tx);
    app::Database &same = tx;
    same.execute("SELECT 2");
  });
  db.execute("SELECT 3");
}

// Stored for later: it doesn't run in the transaction.
std::function<void()> later;
void stored(app::Database &db) {
  db.transaction([&](app::Database &tx) {
    tx.execute("SELECT 1");
    later = [&db] { db.execute("SELECT 2"); };
  });
}

// Another thread has its own connection.
void thread(app::Database &db) {
  db.transaction([&](app::Database &tx) {
    tx.execute("SELECT 1");
    std::thread other([&db] { db.execute("SELECT 2"); });
    other.detach();
  });
}

// The transaction is over, on every path.
void after(app::Pool &pool, app::Database &db, bool good) {
  auto lease = pool.take();
  {
    pqxx::work tx(*lease);
    tx.exec("UPDATE t SET a = 1");
    if (good)
      tx.commit();
    else
      tx.abort();
    db.execute("INSERT INTO audit VALUES (1)");
  }
  db.execute("INSERT INTO audit VALUES (2)");
}

void failed(app::Pool &pool, app::Database &db) {
  auto lease = pool.take();
  try {
    pqxx::work tx(*lease);
    tx.exec("UPDATE t SET a = 1");
    tx.commit();
  } catch (const pqxx::failure &) {
    db.execute("INSERT INTO errors VALUES (1)");
  }
}

// A part of the transaction, and a helper that gets it.
void insert(pqxx::transaction_base &t) { t.exec("INSERT INTO t VALUES (1)"); }
void parts(app::Pool &pool) {
  auto lease = pool.take();
  pqxx::work tx(*lease);
  insert(tx);
  {
    pqxx::subtransaction sub(tx);
    sub.exec("UPDATE t SET a = 1");
    insert(sub);
    sub.commit();
  }
  lease->prepare("p", "SELECT 1");
  tx.conn().set_session_var("a", "b");
  tx.commit();
}

// The handle of the connection that the transaction is open on, passed beside it.
struct Handle {
  ~Handle();
  pqxx::connection &operator*();
  POOLGUARD_ROLE("executes", "lane", "connection") POOLGUARD_ROLE("session-state", "prepare")
  bool prepare(const char *name, const char *sql);
};
POOLGUARD_RETURNS_LANE("transaction") Handle hold();
void prepared(Handle &handle, pqxx::work &tx) {
  handle.prepare("p", "INSERT INTO t VALUES (1)");
  tx.exec_prepared("p");
}
void twice(Handle &handle, pqxx::work &tx) { prepared(handle, tx); }
void beside() {
  Handle handle = hold();
  pqxx::work tx(*handle);
  prepared(handle, tx);
  twice(handle, tx);
  tx.commit();
}
void onLease(pqxx::connection &connection) { connection.prepare("p", "SELECT 1"); }
void lent(app::Pool &pool) {
  auto lease = pool.take();
  pqxx::work tx(*lease);
  onLease(*lease);
  tx.commit();
}
class Holder {
public:
  Holder() : handle_(hold()) {}
  void run() {
    pqxx::work tx(*handle_);
    prepared(handle_, tx);
    tx.commit();
  }

private:
  Handle handle_;
};

// Rows copied from one database to another.
void copy(pqxx::connection &from, pqxx::connection &to) {
  pqxx::work source(from);
  pqxx::work target(to);
  source.exec("SELECT a FROM t");
  target.exec("INSERT INTO t VALUES (1)");
  target.commit();
}

// Every statement is its own transaction.
void plain(pqxx::connection &connection, app::Database &db) {
  pqxx::nontransaction n(connection);
  n.exec("SELECT 1");
  db.execute("SELECT 2");
}

void finish(pqxx::work &tx) { tx.commit(); }
void committedElsewhere(app::Pool &pool, app::Database &db) {
  auto lease = pool.take();
  pqxx::work tx(*lease);
  tx.exec("UPDATE t SET a = 1");
  finish(tx);
  db.execute("SELECT 1");
}

void suppressed(app::Database &db) {
  db.transaction([&](app::Database &tx) {
    tx.execute("SELECT 1");
    db.execute("INSERT INTO audit VALUES (1)"); // NOLINT(poolguard-no-transaction-reroute)
  });
}
