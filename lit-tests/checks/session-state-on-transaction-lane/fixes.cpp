// In a transaction, the form that ends with it is the one right answer.
// RUN: %check_poolguard %s poolguard-session-state-on-transaction-lane

#include "app.h"

#include <pqxx/pqxx>

POOLGUARD_RETURNS_LANE("transaction") pqxx::connection &shared();

void in_work() {
  pqxx::work tx(shared());
  tx.exec("SET statement_timeout = '5s'");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: 'SET' sets a setting
  // CHECK-FIXES: {{^}}  tx.exec("SET LOCAL statement_timeout = '5s'");
  tx.exec("SET SESSION lock_timeout = 10");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: 'SET SESSION' sets a setting
  // CHECK-FIXES: {{^}}  tx.exec("SET LOCAL lock_timeout = 10");
  tx.exec("set role reporting");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: 'set' changes the session's role
  // CHECK-FIXES: {{^}}  tx.exec("set local role reporting");
  tx.exec(R"sql(
    SELECT pg_try_advisory_lock($1),
           now()
  )sql");
  // CHECK-MESSAGES: :[[@LINE-4]]:6: warning: 'pg_try_advisory_lock' uses a session-level advisory lock
  // CHECK-FIXES: {{^}}    SELECT pg_try_advisory_xact_lock($1),
  tx.exec("SELECT pg_advisory_lock_shared(7)");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: 'pg_advisory_lock_shared' uses
  // CHECK-FIXES: {{^}}  tx.exec("SELECT pg_advisory_xact_lock_shared(7)");
  tx.exec("SELECT set_config('app.tenant', '1', false)");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: 'set_config' sets
  // CHECK-FIXES: {{^}}  tx.exec("SELECT set_config('app.tenant', '1', true)");
  tx.exec("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: 'SET SESSION CHARACTERISTICS AS TRANSACTION' sets
  // CHECK-FIXES: {{^}}  tx.exec("SET TRANSACTION READ ONLY");
  tx.commit();
}

void in_callback(app::Db &db) {
  db.transaction([](app::Db &tx) {
    tx.execute("SET search_path TO app");
    // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: 'SET' sets a setting
    // CHECK-FIXES: {{^}}    tx.execute("SET LOCAL search_path TO app");
  });
}

// No one right answer: the transaction is missing, the text isn't one literal, or it has escapes.
void by_hand(app::Db &db) {
  pqxx::nontransaction each(shared());
  each.exec("SET lock_timeout = 10");
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: 'SET' sets
  // CHECK-REMAINS: :[[@LINE-2]]:8: warning: 'SET' sets
  pqxx::work tx(shared());
  tx.exec("SET " "lock_timeout = 10");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: 'SET' sets
  // CHECK-REMAINS: :[[@LINE-2]]:6: warning: 'SET' sets
  tx.exec("SET\nlock_timeout = 10");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: 'SET' sets
  // CHECK-REMAINS: :[[@LINE-2]]:6: warning: 'SET' sets
}
