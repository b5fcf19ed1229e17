// RUN: %check_poolguard %s poolguard-session-state-on-transaction-lane

#include "app.h"

#include <pqxx/pqxx>

void settings(app::Db &db) {
  db.execute("SET statement_timeout = '5s'");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: 'SET' sets a setting of the session on the transaction lane: the pooler lends the session for one transaction, so the next statement may run without it, and another client gets it; use SET LOCAL inside the transaction that needs it [poolguard-session-state-on-transaction-lane]
  db.execute("SET SESSION search_path TO app");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: 'SET SESSION' sets a setting
  db.execute("SELECT set_config('app.tenant', $1, false)");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: 'set_config' sets a setting
  db.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: 'SET SESSION CHARACTERISTICS AS TRANSACTION' sets a setting
  db.execute("SET ROLE reporting");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: 'SET' changes the session's role
}

void others(app::Db &db) {
  db.execute("LISTEN jobs");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: 'LISTEN' listens on a channel on the transaction lane: the pooler lends the session for one transaction, so the notifications go to whoever has that server connection next; listen on a connection of the session lane
  db.execute("PREPARE p AS SELECT 1");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: 'PREPARE' keeps a prepared statement
  db.execute("SELECT pg_advisory_lock(1)");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: 'pg_advisory_lock' uses a session-level advisory lock
  db.execute("SELECT pg_advisory_unlock(1)");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: 'pg_advisory_unlock' uses a session-level advisory lock
  db.execute("CREATE TEMP TABLE seen (id bigint)");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: 'seen' makes a temporary relation
  db.execute("DECLARE c CURSOR WITH HOLD FOR SELECT 1");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: 'DECLARE' keeps a cursor
  db.execute("LOAD 'auto_explain'");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: 'LOAD' loads a library
  db.execute("SELECT currval('jobs_id_seq')");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: 'currval' asks what the session drew
}

// Where the statement stands is where its text is; the lane comes from the connection.
void run(app::Connection &connection, const char *sql) { connection.run(sql); }
void helper() {
  run(*app::pooled().acquire(), "LISTEN jobs");
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'LISTEN' listens on a channel
}

POOLGUARD_RETURNS_LANE("transaction") pqxx::connection &shared();
void calls() {
  shared().prepare("find", "SELECT 1");
  // CHECK-MESSAGES: :[[@LINE-1]]:12: warning: 'pqxx::connection::prepare' keeps a prepared statement in the session on the transaction lane
  shared().set_session_var("search_path", "app");
  // CHECK-MESSAGES: :[[@LINE-1]]:12: warning: 'pqxx::connection::set_session_var' sets a setting of the session
}

#define TIMEOUT(db) db.execute("SET lock_timeout = 10")
void macro(app::Db &db) {
  TIMEOUT(db);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'SET' sets a setting
}

template <typename Database> void generic(Database &db) {
  db.execute("LISTEN other");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: 'LISTEN' listens
}
template void generic(app::Db &);

void suppressed(app::Db &db) {
  db.execute("LISTEN jobs"); // NOLINT(poolguard-session-state-on-transaction-lane)
}
