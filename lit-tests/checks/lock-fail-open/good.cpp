// RUN: %check_poolguard %s poolguard-lock-fail-open

#include "app.h"

#include <cstdint>
#include <cstdio>
#include <exception>
#include <functional>
#include <string>

void work();
void count(std::size_t hash);
POOLGUARD_ROLE("try-lock", true) bool try_lock(app::Db &db, std::int64_t key);

void looked(app::Db &db) {
  if (db.execute("SELECT pg_try_advisory_lock(42)").affected_rows)
    work();
  if (!try_lock(db, 7))
    return;
  // These wait, and throw when they fail.
  db.execute("SELECT pg_advisory_lock(42)");
  db.execute("SELECT pg_advisory_unlock(42)");
}

bool handled(app::Db &db) {
  bool locked = false;
  try {
    db.execute("SELECT pg_advisory_lock(42)");
    locked = true;
  } catch (...) {
    std::printf("no lock\n");
  }
  if (locked)
    work();
  try {
    db.execute("SELECT pg_advisory_lock(42)");
  } catch (...) {
    std::printf("no lock\n");
    return false;
  }
  try {
    db.execute("SELECT pg_advisory_lock(42)");
  } catch (...) {
    std::printf("no lock\n");
    throw;
  }
  // The work is in the try block: it isn't done without the lock.
  try {
    db.execute("SELECT pg_advisory_lock(42)");
    work();
  } catch (const std::exception &e) {
    std::printf("%s\n", e.what());
  }
  // Another statement's failure may be logged, and a failed unlock.
  try {
    db.execute("SELECT 1");
  } catch (...) {
  }
  try {
    db.execute("SELECT pg_advisory_unlock(42)");
  } catch (...) {
  }
  work();
  return true;
}

void keys(app::Db &db, const std::string &name) {
  db.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", static_cast<int>(name.size()));
  count(std::hash<std::string>{}(name));
  db.execute("SELECT $1", std::hash<std::string>{}(name));
}
