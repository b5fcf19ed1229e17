// RUN: %check_poolguard %s poolguard-session-state-on-transaction-lane

#include "app.h"

#include <memory>
#include <pqxx/pqxx>

POOLGUARD_RETURNS_LANE("transaction") pqxx::connection &shared();
POOLGUARD_RETURNS_LANE("session") pqxx::connection &own();

// What ends with the transaction.
void local() {
  pqxx::work tx(shared());
  tx.exec("SET LOCAL statement_timeout = '5s'");
  tx.exec("SELECT set_config('app.tenant', $1, true)");
  tx.exec("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE");
  tx.exec("SELECT pg_advisory_xact_lock(1)");
  tx.exec("CREATE TEMP TABLE seen (id bigint) ON COMMIT DROP");
  tx.exec("NOTIFY jobs");
  tx.exec("DECLARE c CURSOR FOR SELECT 1");
  tx.commit();
}

// The session lane, and lanes that nobody told.
void session(app::Db &db, pqxx::connection &unknown) {
  db.execute_direct("SET statement_timeout = '5s'");
  db.execute_direct("SELECT pg_advisory_lock(1)");
  own().prepare("find", "SELECT 1");
  pqxx::work tx(unknown);
  tx.exec("LISTEN jobs");
}

// What PgBouncer gives to whatever server connection the client gets next.
void follows_its_client(app::Db &db) {
  db.execute("SET TIME ZONE 'UTC'");
  db.execute("SET datestyle = 'ISO'");
  db.execute("SET NAMES 'UTF8'");
  db.execute("SET standard_conforming_strings = on");
}

// A factory sets up what it makes.
POOLGUARD_RETURNS_LANE("transaction") std::unique_ptr<pqxx::connection> make() {
  POOLGUARD_LANE("transaction") pqxx::connection &fresh = shared();
  pqxx::nontransaction tx(fresh);
  tx.exec("SET statement_timeout = '5s'");
  return std::make_unique<pqxx::connection>("host=db");
}

// Reset before others get the connection.
void borrowed() {
  pqxx::nontransaction tx(shared());
  tx.exec("SET search_path TO app");
  tx.exec("SELECT 1");
  tx.exec("RESET search_path");
}
void all_reset() {
  pqxx::nontransaction tx(shared());
  tx.exec("SET search_path TO app");
  tx.exec("DISCARD ALL");
}
