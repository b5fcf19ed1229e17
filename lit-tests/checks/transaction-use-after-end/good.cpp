// RUN: %check_poolguard %s poolguard-transaction-use-after-end

#include "pool.h"

void ordinary(pqxx::connection &connection) {
  pqxx::work tx(connection);
  tx.exec_params("INSERT INTO t VALUES ($1)", 1);
  tx.commit();
}

// On one path only, and the caller knows which.
void correlated(pqxx::connection &connection, bool done) {
  pqxx::work tx(connection);
  tx.exec("SELECT 1");
  if (done)
    tx.commit();
  if (!done)
    tx.exec_params("INSERT INTO t VALUES ($1)", 1);
}

void early(pqxx::connection &connection, bool done) {
  pqxx::work tx(connection);
  if (done) {
    tx.abort();
    return;
  }
  tx.exec_params("INSERT INTO t VALUES ($1)", 1);
  tx.commit();
}

// A new one each time.
void loop(pqxx::connection &connection) {
  for (int i = 0; i < 3; ++i) {
    pqxx::work tx(connection);
    tx.exec_params("INSERT INTO t VALUES ($1)", i);
    tx.commit();
  }
}

void again(pqxx::connection &connection) {
  std::optional<pqxx::work> tx;
  tx.emplace(connection);
  tx->commit();
  tx.emplace(connection);
  tx->exec_params("INSERT INTO t VALUES (1)");
  tx->commit();
}

// What touches no statement is fine.
void log(const pqxx::transaction_base &);
void look(pqxx::transaction_base &t) { t.conn(); }
void looks(pqxx::connection &connection) {
  pqxx::work tx(connection);
  tx.commit();
  log(tx);
  look(tx);
  tx.conn().is_open();
}

void anotherOne(pqxx::connection &connection) {
  pqxx::work tx(connection);
  tx.commit();
  pqxx::nontransaction n(connection);
  n.exec("SELECT 1");
}

void suppressed(pqxx::connection &connection) {
  pqxx::work tx(connection);
  tx.commit();
  tx.exec_params("INSERT INTO log VALUES (1)"); // NOLINT(poolguard-transaction-use-after-end)
}
