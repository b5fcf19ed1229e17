// RUN: %check_poolguard %s poolguard-retry-not-idempotent

#include "app.h"
#include "retry.h"

#include <pqxx/pqxx>

void safe(app::Db &db) {
  app::with_retry([&] {
    db.execute("INSERT INTO audit (id, what) VALUES ($1, $2) ON CONFLICT DO NOTHING");
    db.execute("INSERT INTO audit (id, what) VALUES ($1, $2)"); // done twice, the second fails
    db.execute("INSERT INTO audit (what) SELECT $1 WHERE NOT EXISTS (SELECT 1 FROM audit WHERE what = $1)");
    db.execute("UPDATE users SET name = $2 WHERE id = $1");
    db.execute("UPDATE users SET version = version + 1, name = $2 WHERE id = $1 AND version = $3");
    db.execute("UPDATE users SET logins = logins + 1, status = 'seen' WHERE id = $1 AND status = 'new'");
    db.execute("DELETE FROM users WHERE id = $1");
    db.execute("SELECT 1");
  });
  db.execute("INSERT INTO audit (what) VALUES ($1)");
}

// The whole transaction is repeated, and pqxx::perform passes on what is in doubt.
void performs(pqxx::connection &connection) {
  pqxx::perform([&] {
    pqxx::work tx(connection);
    tx.exec("INSERT INTO audit (what) VALUES ('x')");
    tx.commit();
  });
}
void by_hand(pqxx::connection &connection) {
  for (int attempt = 0; attempt < 3; ++attempt) {
    try {
      pqxx::work tx(connection);
      tx.exec("INSERT INTO audit (what) VALUES ('x')");
      tx.commit();
      return;
    } catch (const pqxx::statement_completion_unknown &) {
      throw;
    } catch (const pqxx::transaction_rollback &) {
      continue;
    }
  }
}
bool transient(const std::exception &);
void decides(pqxx::connection &connection) {
  for (int attempt = 0; attempt < 3; ++attempt) {
    try {
      pqxx::work tx(connection);
      tx.exec("INSERT INTO audit (what) VALUES ('x')");
      tx.commit();
      return;
    } catch (const std::exception &e) {
      if (!transient(e))
        throw;
    }
  }
}
void serialization(pqxx::connection &connection) {
  for (;;) {
    try {
      pqxx::work tx(connection);
      tx.exec("INSERT INTO audit (what) VALUES ('x')");
      tx.commit();
      return;
    } catch (const pqxx::serialization_failure &) {
    }
  }
}

// The whole of a transaction in a callback, which a declared retry repeats: nobody says on what.
void callback(app::Db &db) {
  app::with_retry([&] {
    db.transaction([](app::Db &tx) { tx.execute("INSERT INTO audit (what) VALUES ($1)"); });
  });
}
