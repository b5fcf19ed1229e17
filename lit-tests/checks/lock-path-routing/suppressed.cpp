// RUN: %check_poolguard %s poolguard-lock-path-routing

#include "app.h"

constexpr const char *kRenew = "UPDATE jobs SET lock_until = now() WHERE id = $1 AND lock_epoch = $2";

void suppressed(app::Db &db) {
  db.execute(kRenew); // NOLINT(poolguard-lock-path-routing)
  db.execute(kRenew); // NOLINT
  // NOLINTNEXTLINE(poolguard-*)
  db.execute(kRenew);
  // NOLINTBEGIN(poolguard-lock-path-routing)
  db.execute(kRenew);
  // NOLINTEND(poolguard-lock-path-routing)
  db.execute(kRenew); // NOLINT(poolguard-no-legacy-getconnection)
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this statement, which renews
}

// In a macro the finding is where the macro is used, and there is no fix-it.
#define BEAT(db) (db).execute(kRenew)
void macro(app::Db &db) {
  BEAT(db);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: this statement, which renews
}

template <typename Database> void beat(Database &db) {
  db.execute(kRenew);
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this statement, which renews
}
template void beat(app::Db &);
