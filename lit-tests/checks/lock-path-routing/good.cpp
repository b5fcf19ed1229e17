// RUN: %check_poolguard %s poolguard-lock-path-routing

#include "app.h"

constexpr const char *kRenew = "UPDATE jobs SET lock_until = now() + interval '30 s' WHERE id = $1 AND lock_epoch = $2";

void direct(app::Db &db) { db.execute_direct(kRenew); }

// Neither claims nor renews: completing a job gives the lease up, and other tables have no leases.
void others(app::Db &db) {
  db.execute("UPDATE jobs SET status = 'completed', lock_until = NULL WHERE id = $1 AND lock_epoch = $2");
  db.execute("SELECT lock_until FROM jobs WHERE id = $1");
  db.execute("UPDATE accounts SET lock_until = now() WHERE id = $1");
  db.execute("-- UPDATE jobs SET lock_until = now()\nSELECT 'UPDATE jobs SET lock_until = now()'");
}

// The text stays where it is.
std::string text() { return kRenew; }
void named() { const char *sql = kRenew; (void)sql; }

app::Result run(app::Db &db, std::string_view sql) { return db.execute_direct(sql); }
void handedDown(app::Db &db) { run(db, kRenew); }

void sessionPool() {
  auto connection = app::direct().acquire();
  connection->run(kRenew);
}

// The lane is the caller's choice, and no caller chooses wrong.
void anyLane(app::Connection &connection) { connection.run(kRenew); }
void rightLane() { anyLane(*app::direct().acquire()); }

POOLGUARD_LOCK_PATH void renewLock(app::Db &db, std::string_view unknown) { db.execute_direct(unknown); }

// Same name, another class.
struct Log {
  void execute(std::string_view line);
};
void log(Log &log) { log.execute(kRenew); }
