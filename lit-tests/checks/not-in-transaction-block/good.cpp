// RUN: %check_poolguard %s poolguard-not-in-transaction-block

#include "pool.h"

void outside(pqxx::connection &connection) {
  pqxx::nontransaction n(connection);
  n.exec("VACUUM jobs");
  n.exec("CREATE INDEX CONCURRENTLY i ON jobs (a)");
  n.exec("SELECT 1");
}

void inside(pqxx::connection &connection) {
  pqxx::work tx(connection);
  tx.exec("SET LOCAL statement_timeout = '5s'");
  tx.exec("SELECT id FROM jobs WHERE id = 1 FOR UPDATE");
  tx.exec("LOCK TABLE jobs");
  tx.exec("CREATE INDEX i ON jobs (a)");
  tx.commit();
}

// One statement that locks and uses the lock.
void claim(pqxx::connection &connection) {
  pqxx::nontransaction n(connection);
  n.exec("UPDATE jobs SET status = 'active' WHERE id = (SELECT id FROM jobs LIMIT 1 FOR UPDATE SKIP LOCKED)");
  n.exec("WITH c AS (SELECT id FROM jobs LIMIT 1 FOR UPDATE) DELETE FROM jobs USING c WHERE jobs.id = c.id");
}

// One text is one transaction.
void together(pqxx::connection &connection) {
  pqxx::nontransaction n(connection);
  n.exec("SET LOCAL lock_timeout = '1s'; DELETE FROM jobs");
}

// Which of both it is, the caller knows.
void given(pqxx::transaction_base &t) {
  t.exec("SELECT id FROM jobs WHERE id = 1 FOR UPDATE");
  t.exec("VACUUM");
}

// After the transaction.
void after(pqxx::connection &connection) {
  {
    pqxx::work tx(connection);
    tx.exec("DELETE FROM jobs");
    tx.commit();
  }
  pqxx::nontransaction n(connection);
  n.exec("VACUUM jobs");
}

void suppressed(pqxx::connection &connection) {
  pqxx::work tx(connection);
  tx.exec("VACUUM"); // NOLINT(poolguard-not-in-transaction-block)
  tx.commit();
}
