// RUN: %check_poolguard %s poolguard-lock-fail-open

#include "app.h"

#include <cstdint>
#include <cstdio>
#include <exception>
#include <functional>
#include <string>

void work();
void ignored(app::Db &db) {
  db.execute("SELECT pg_try_advisory_lock(42)");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: the result of 'pg_try_advisory_lock' is dropped: it says whether the lock was taken, and this code goes on without the lock when it wasn't; go on only when it is true [poolguard-lock-fail-open]
  auto result = db.execute("SELECT pg_try_advisory_xact_lock($1)", 42);
  // CHECK-MESSAGES: :[[@LINE-1]]:20: warning: the result of 'pg_try_advisory_xact_lock' goes into 'result', which nobody reads: it says
  work();
}

// A role, and a caller that drops what it is told.
POOLGUARD_TRY_LOCK bool try_lock(app::Db &db, std::int64_t key);
bool tenant_lock(app::Db &db) { return try_lock(db, 7); }
app::Result advisory(app::Db &db, const char *sql) { return db.execute(sql); }
void roles(app::Db &db) {
  (void)try_lock(db, 7);
  // CHECK-MESSAGES: :[[@LINE-1]]:9: warning: the result of 'try_lock' is dropped: it says
  tenant_lock(db);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: the result of 'tenant_lock', which is that of 'try_lock', is dropped: it says
  advisory(db, "SELECT pg_try_advisory_lock_shared(1, 2)");
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: the result of 'advisory', which is that of 'pg_try_advisory_lock_shared', is dropped
}

// A failure that is only logged.
void logged(app::Db &db) {
  try {
    db.execute("SELECT pg_advisory_lock(42)");
    // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: when 'pg_advisory_lock' fails, the handler here only logs, and the code after it runs without the lock; let the exception through, or return
  } catch (const std::exception &e) {
    std::printf("no lock: %s\n", e.what());
  }
  work();
}
void lock(app::Db &db) {
  try {
    db.execute("LOCK TABLE accounts IN EXCLUSIVE MODE");
    // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: when 'LOCK TABLE' fails, the handler here only logs
  } catch (...) {
  }
  work();
}

// Keys that mean nothing elsewhere.
void keys(app::Db &db, const std::string &name) {
  db.execute("SELECT pg_advisory_xact_lock($1)", std::hash<std::string>{}(name));
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: the key of 'pg_advisory_xact_lock' is made from 'std::hash', which differs from one process or build to the next: two workers lock different keys and both go on; use a fixed 64-bit key, or hash the name in SQL with hashtextextended
  auto key = std::hash<std::string>{}(name);
  db.execute("SELECT pg_advisory_xact_lock(" + std::to_string(key) + ")");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: the key of 'pg_advisory_xact_lock' is made from 'std::hash'
  db.execute("SELECT pg_advisory_xact_lock($1)", reinterpret_cast<std::intptr_t>(&db));
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: the key of 'pg_advisory_xact_lock' is made from the address of an object, which differs
  if (try_lock(db, std::hash<std::string>{}(name)))
    // CHECK-MESSAGES: :[[@LINE-1]]:7: warning: the key of 'try_lock' is made from 'std::hash'
    work();
  db.execute("SELECT pg_try_advisory_lock(42)"); // NOLINT(poolguard-lock-fail-open)
}
