// RUN: %check_poolguard %s poolguard-lock-path-single-statement

#include "pool.h"

constexpr const char *kRenew = "UPDATE jobs SET lock_until = now() + interval '30 s' WHERE id = $1 AND lock_epoch = $2";
constexpr const char *kClaim =
    "UPDATE jobs SET status = 'active', lock_epoch = lock_epoch + 1, lock_until = now() + interval '30 s' "
    "WHERE id = (SELECT id FROM jobs WHERE status = 'waiting' LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id";

void claimAndWork(pqxx::connection &connection) {
  pqxx::work tx(connection);
  tx.exec(kClaim);
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this statement, which claims a lease of 'jobs', is part of transaction 'tx': nobody sees the lease before the commit, its time counts from the transaction's start, its row stays locked, and a rollback takes it away again; run it as one statement on its own [poolguard-lock-path-single-statement]
  tx.exec("INSERT INTO work VALUES (1)");
  tx.commit();
}

void renewIn(app::Database &db) {
  db.transaction([](app::Database &tx) {
    tx.execute(kRenew);
    // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: this statement, which renews a lease of 'jobs', is part of the transaction
  });
}

void renew(pqxx::transaction_base &t) { t.exec(kRenew); }
// CHECK-MESSAGES: :[[@LINE-1]]:43: warning: this statement, which renews a lease of 'jobs', is part of transaction 'tx'
void heartbeat(pqxx::connection &connection) {
  pqxx::work tx(connection);
  renew(tx);
  tx.exec("UPDATE progress SET done = 1");
  tx.commit();
}

void several(app::Database &db) {
  db.execute("UPDATE jobs SET lock_until = now() WHERE id = 1 AND lock_epoch = 2; UPDATE progress SET done = 1");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this text renews a lease of 'jobs' together with other statements: they are one transaction, so the lease is not there for anybody before the last of them ends, and one that fails takes it away again; send the renewal on its own
}
