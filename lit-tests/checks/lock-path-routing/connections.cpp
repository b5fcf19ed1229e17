// RUN: %check_poolguard %s poolguard-lock-path-routing

#include "app.h"

constexpr const char *kRenew = "UPDATE jobs SET lock_until = now() + interval '30 s' WHERE id = $1 AND lock_epoch = $2";

void pooled() {
  auto connection = app::pooled().acquire();
  connection->run(kRenew);
  // CHECK-MESSAGES: :[[@LINE-1]]:15: warning: this statement, which renews a lease of 'jobs', reaches the server on the transaction lane through 'app::Connection::run'; under load it waits behind everybody's transactions or loses its connection, the lease looks expired, and another worker takes the job; run it on a connection of the session lane
}

void either(bool fallBack) {
  app::Pool &pool = fallBack ? app::pooled() : app::direct();
  pool.acquire()->run(kRenew);
  // CHECK-MESSAGES: :[[@LINE-1]]:19: warning: this statement, which renews
}

void reassigned(bool fallBack) {
  app::Pool *pool = &app::direct();
  if (fallBack)
    pool = &app::pooled();
  pool->acquire()->run(kRenew);
  // CHECK-MESSAGES: :[[@LINE-1]]:20: warning: this statement, which renews
}

// The statement is settled by the caller that chooses the lane, and stands where its text is.
void anyLane(app::Connection &connection) {
  connection.run(kRenew);
  // CHECK-MESSAGES: :[[@LINE-1]]:14: warning: this statement, which renews
}
void wrongLane() { anyLane(*app::pooled().acquire()); }
void rightLane() { anyLane(*app::direct().acquire()); }

class Session {
public:
  Session() : connection_(app::direct().acquire()) {}
  void renew() { connection_->run(kRenew); }

private:
  std::unique_ptr<app::Connection> connection_;
};

class Pooled {
public:
  Pooled() : connection_(app::pooled().acquire()) {}
  void renew() { connection_->run(kRenew); }
  // CHECK-MESSAGES: :[[@LINE-1]]:31: warning: this statement, which renews

private:
  std::unique_ptr<app::Connection> connection_;
};

struct POOLGUARD_LANE("transaction") Handle {
  POOLGUARD_EXECUTES("connection", 0) app::Result run(std::string_view sql);
};
void byType(Handle handle) {
  handle.run(kRenew);
  // CHECK-MESSAGES: :[[@LINE-1]]:10: warning: this statement, which renews
}

// The handle of an open transaction keeps its connection, whatever is called on it; that is another check's business.
void inTransaction(app::Db &db) {
  db.transaction([](app::Db &tx) { tx.execute_direct(kRenew); });
}
