// RUN: %check_poolguard %s poolguard-lock-path-single-statement

#include "pool.h"

constexpr const char *kRenew = "UPDATE jobs SET lock_until = now() + interval '30 s' WHERE id = $1 AND lock_epoch = $2";

void autocommit(pqxx::connection &connection) {
  pqxx::nontransaction n(connection);
  n.exec(kRenew);
}

void engine(app::Database &db) { db.execute(kRenew); }

// A transaction for this one statement does the same.
void alone(pqxx::connection &connection) {
  pqxx::work tx(connection);
  tx.exec(kRenew);
  tx.commit();
}

void after(pqxx::connection &connection, app::Database &db) {
  pqxx::work tx(connection);
  tx.exec("UPDATE progress SET done = 1");
  tx.exec("SELECT 1");
  tx.commit();
  db.execute(kRenew);
}

// Giving a lease up belongs to the work's own transaction.
void complete(pqxx::connection &connection) {
  pqxx::work tx(connection);
  tx.exec("INSERT INTO results VALUES (1)");
  tx.exec("UPDATE jobs SET status = 'done', lock_until = NULL WHERE id = 1 AND lock_epoch = 2");
  tx.commit();
}

void suppressed(pqxx::connection &connection) {
  pqxx::work tx(connection);
  tx.exec("SELECT 1");
  tx.exec(kRenew); // NOLINT(poolguard-lock-path-single-statement)
  tx.commit();
}
