// RUN: %check_poolguard %s poolguard-missing-commit

#include "pool.h"

void ordinary(pqxx::connection &connection) {
  pqxx::work tx(connection);
  tx.exec("INSERT INTO t VALUES (1)");
  tx.commit();
}

// Nothing to commit.
int reads(pqxx::connection &connection) {
  pqxx::work tx(connection);
  return tx.exec("SELECT 1").size();
}
int readOnly(pqxx::connection &connection) {
  pqxx::read_transaction tx(connection);
  return tx.exec("SELECT 1").size();
}
// The server refuses to write here.
void refused(pqxx::connection &connection) {
  pqxx::read_transaction tx(connection);
  tx.exec("INSERT INTO t VALUES (1)");
}
// Nobody else sees what goes into a temporary table.
void makeScratch(pqxx::transaction_base &tx) { tx.exec("CREATE TEMP TABLE scratch (a int)"); }
int scratch(pqxx::connection &connection) {
  pqxx::work tx(connection);
  makeScratch(tx);
  tx.exec("INSERT INTO scratch SELECT a FROM t");
  tx.exec("DELETE FROM scratch WHERE a < 0");
  return tx.exec("SELECT a FROM scratch").size();
}
// A type that is made to be tried, and goes with its transaction.
int triesType(pqxx::connection &connection, const std::string &a) {
  pqxx::work tx(connection);
  tx.exec("CREATE TYPE pair AS (a integer, b text)");
  tx.exec("CREATE TYPE app.mood AS ENUM ('sad', 'glad')");
  tx.exec("SELECT 'sad'::app.mood");
  return tx.exec("SELECT '(" + a + ",x)'::pair").size();
}
void autocommit(pqxx::connection &connection) {
  pqxx::nontransaction n(connection);
  n.exec("INSERT INTO t VALUES (1)");
}

// Rolled back on purpose.
void dryRun(pqxx::connection &connection) {
  pqxx::work tx(connection);
  tx.exec("INSERT INTO t VALUES (1)");
  tx.abort();
}
void onOnePath(pqxx::connection &connection, bool keep) {
  pqxx::work tx(connection);
  tx.exec("INSERT INTO t VALUES (1)");
  if (keep)
    tx.commit();
}

// Others commit.
void finish(pqxx::work &tx) { tx.commit(); }
void withHelper(pqxx::connection &connection) {
  pqxx::work tx(connection);
  tx.exec("INSERT INTO t VALUES (1)");
  finish(tx);
}
void somewhere(pqxx::work &tx);
void withUnknown(pqxx::connection &connection) {
  pqxx::work tx(connection);
  tx.exec("INSERT INTO t VALUES (1)");
  somewhere(tx);
}
void withLambda(pqxx::connection &connection) {
  pqxx::work tx(connection);
  auto done = [&] { tx.commit(); };
  tx.exec("INSERT INTO t VALUES (1)");
  done();
}
struct Unit {
  explicit Unit(pqxx::work &tx) : tx(tx) {}
  ~Unit() { tx.commit(); }
  pqxx::work &tx;
};
void withObject(pqxx::connection &connection) {
  pqxx::work tx(connection);
  Unit unit(tx);
  tx.exec("INSERT INTO t VALUES (1)");
}

// Handed on.
std::unique_ptr<pqxx::work> started(pqxx::connection &connection) {
  auto tx = std::make_unique<pqxx::work>(connection);
  tx->exec("INSERT INTO t VALUES (1)");
  return tx;
}
struct Session {
  std::unique_ptr<pqxx::work> tx;
  void begin(pqxx::connection &connection) {
    auto made = std::make_unique<pqxx::work>(connection);
    made->exec("INSERT INTO t VALUES (1)");
    tx = std::move(made);
  }
};

// A part of a transaction that somebody else commits.
void given(pqxx::work &tx) { tx.exec("INSERT INTO t VALUES (1)"); }

// Never reaches a normal end.
void refuses(pqxx::connection &connection) {
  pqxx::work tx(connection);
  tx.exec("INSERT INTO t VALUES (1)");
  throw 1;
}

void byText(pqxx::connection &connection) {
  pqxx::work tx(connection);
  tx.exec("INSERT INTO t VALUES (1)");
  tx.exec("COMMIT");
}

void suppressed(pqxx::connection &connection) {
  pqxx::work tx(connection); // NOLINT(poolguard-missing-commit)
  tx.exec("INSERT INTO t VALUES (1)");
}
