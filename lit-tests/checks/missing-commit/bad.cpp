// RUN: %check_poolguard %s poolguard-missing-commit

#include "pool.h"

void forgotten(pqxx::connection &connection) {
  pqxx::work tx(connection);
  // CHECK-MESSAGES: :[[@LINE-1]]:14: warning: transaction 'tx' writes and is never committed: its destructor rolls the write back without a word; call commit(), or abort() where that is meant [poolguard-missing-commit]
  tx.exec("INSERT INTO t VALUES (1)");
}

void returns(pqxx::connection &connection, bool quick) {
  pqxx::work tx(connection);
  // CHECK-MESSAGES: :[[@LINE-1]]:14: warning: transaction 'tx' writes and is never committed
  tx.exec_params("UPDATE t SET a = $1", 1);
  if (quick)
    return;
  app::log("done");
}

void insert(pqxx::transaction_base &t) { t.exec("DELETE FROM t"); }
void helper(pqxx::connection &connection) {
  pqxx::work tx(connection);
  // CHECK-MESSAGES: :[[@LINE-1]]:14: warning: transaction 'tx' writes and is never committed
  insert(tx);
}

void pointer(pqxx::connection &connection) {
  auto tx = std::make_unique<pqxx::work>(connection);
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: transaction 'tx' writes and is never committed
  tx->exec("INSERT INTO t VALUES (1)");
}

void fromScratch(pqxx::connection &connection) {
  pqxx::work tx(connection);
  // CHECK-MESSAGES: :[[@LINE-1]]:14: warning: transaction 'tx' writes and is never committed
  tx.exec("CREATE TEMP TABLE staging (a int)");
  tx.exec("INSERT INTO staging VALUES (1)");
  tx.exec("INSERT INTO t SELECT a FROM staging");
}

template <typename Row> void store(pqxx::connection &connection, Row row) {
  pqxx::work tx(connection);
  // CHECK-MESSAGES: :[[@LINE-1]]:14: warning: transaction 'tx' writes and is never committed
  tx.exec_params("INSERT INTO t VALUES ($1)", row);
}
template void store(pqxx::connection &, int);

// A type that is made to stay: nothing here tries it, or more than it is written.
void makesType(pqxx::connection &connection) {
  pqxx::work tx(connection);
  // CHECK-MESSAGES: :[[@LINE-1]]:14: warning: transaction 'tx' writes and is never committed
  tx.exec("CREATE TYPE pair AS (a integer, b text)");
  tx.exec("CREATE DOMAIN positive AS integer CHECK (value > 0)");
  tx.exec("SELECT '(1,x)'::pair");
}
void triesTypeAndWrites(pqxx::connection &connection) {
  pqxx::work tx(connection);
  // CHECK-MESSAGES: :[[@LINE-1]]:14: warning: transaction 'tx' writes and is never committed
  tx.exec("CREATE TYPE pair AS (a integer, b text)");
  tx.exec("SELECT '(1,x)'::pair");
  insert(tx);
}
