// RUN: %check_poolguard %s poolguard-lock-path-single-statement

#include "pool.h"

constexpr const char *kRenew = "UPDATE jobs SET lock_until = now() + interval '30 s' WHERE id = $1 AND lock_epoch = $2";

#define BEAT(t) (t).exec(kRenew)
void macro(pqxx::connection &connection) {
  pqxx::work tx(connection);
  BEAT(tx);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: this statement, which renews a lease of 'jobs', is part of transaction 'tx'
  tx.exec("UPDATE progress SET done = 1");
  tx.commit();
  pqxx::nontransaction single(connection);
  BEAT(single);
}

template <typename Transaction> void beats(pqxx::connection &connection) {
  Transaction tx(connection);
  tx.exec(kRenew);
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this statement, which renews a lease of 'jobs', is part of transaction 'tx'
  tx.exec("UPDATE progress SET done = 1");
  tx.commit();
}
template void beats<pqxx::work>(pqxx::connection &);
