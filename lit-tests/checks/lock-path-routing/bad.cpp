// RUN: %check_poolguard %s poolguard-lock-path-routing

#include "app.h"

#define RENEW "UPDATE jobs SET lock_until = now() + interval '30 s' WHERE id = $1 AND lock_epoch = $2"

constexpr const char *kRenew = RENEW;
static const std::string kClaim = R"sql(
  UPDATE jobs SET status = 'active', lock_epoch = lock_epoch + 1, lock_until = now() + interval '30 s'
  WHERE id = (SELECT id FROM jobs WHERE status = 'waiting' LIMIT 1 FOR UPDATE SKIP LOCKED)
  RETURNING id, lock_epoch)sql";

void constants(app::Db &db) {
  db.execute(kRenew);
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this statement, which renews a lease of 'jobs', reaches the server on the transaction lane through 'app::Db::execute'; under load it waits behind everybody's transactions or loses its connection, the lease looks expired, and another worker takes the job; call 'execute_direct' instead [poolguard-lock-path-routing]
  // CHECK-FIXES: {{^}}  db.execute_direct(kRenew);
  db.execute(kClaim, 1);
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this statement, which claims a lease of 'jobs', reaches
  // CHECK-FIXES: {{^}}  db.execute_direct(kClaim, 1);
  db.execute(RENEW);
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this statement, which renews
  // CHECK-FIXES: {{^}}  db.execute_direct(RENEW);
}

void pieces(app::Db *db, bool urgent) {
  std::string sql = "UPDATE jobs ";
  sql += "SET lock_until = now() + interval '";
  sql += std::to_string(30) + " s'";
  sql.append(" WHERE id = $1");
  db->execute(sql);
  // CHECK-MESSAGES: :[[@LINE-1]]:7: warning: this statement, which renews
  // CHECK-FIXES: {{^}}  db->execute_direct(sql);
  db->execute(urgent ? kRenew : "SELECT 1");
  // CHECK-MESSAGES: :[[@LINE-1]]:7: warning: this statement, which renews
  // CHECK-FIXES: {{^}}  db->execute_direct(urgent ? kRenew : "SELECT 1");
  db->execute(std::string("UPDATE jobs SET lock_until = $1 WHERE ") + (urgent ? "id = 1" : "id = 2"));
  // CHECK-MESSAGES: :[[@LINE-1]]:7: warning: this statement, which renews
  // CHECK-FIXES: {{^}}  db->execute_direct(std::string(
}

// The fix-it belongs to the direct call alone: the helper has other callers.
app::Result run(app::Db &db, std::string_view sql) { return db.execute(sql); }
app::Result through(app::Db &db, const char *sql) { return run(db, sql); }

void handedDown(app::Db &db) {
  run(db, "SELECT 1");
  through(db, kRenew);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: this statement, which renews
  // CHECK-REMAINS: :[[@LINE-2]]:3: warning: this statement, which renews
}

const char *renewSql() { return kRenew; }

void returned(app::Db &db) {
  db.execute(renewSql());
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this statement, which renews
  // CHECK-FIXES: {{^}}  db.execute_direct(renewSql());
}

// A role on the function stands for SQL that nobody can read.
POOLGUARD_LOCK_PATH void renewLock(app::Db &db, std::string_view unknown) {
  run(db, unknown);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'renewLock' is on the lock path, but this reaches the server on the transaction lane through 'app::Db::execute'
  // CHECK-REMAINS: :[[@LINE-2]]:3: warning: 'renewLock' is on the lock path
}
