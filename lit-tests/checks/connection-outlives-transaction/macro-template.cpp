// RUN: %check_poolguard %s poolguard-connection-outlives-transaction

#include "pool.h"

#define TAKE_BACK(pool, c) (pool).release(c)
void macro(app::RawPool &pool, pqxx::connection *connection) {
  pqxx::work tx(*connection);
  TAKE_BACK(pool, connection);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: {{.*}}'tx'
}
void ended(app::RawPool &pool, pqxx::connection *connection) {
  pqxx::work tx(*connection);
  tx.commit();
  TAKE_BACK(pool, connection);
}

template <typename Pool, typename Transaction> void outlives(Pool &pool, pqxx::connection *connection) {
  Transaction tx(*connection);
  tx.exec("UPDATE t SET n = 1");
  pool.release(connection);
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: {{.*}}'tx'
}
template <typename Pool, typename Transaction> void commits(Pool &pool, pqxx::connection *connection) {
  Transaction tx(*connection);
  tx.commit();
  pool.release(connection);
}
void instances(app::RawPool &pool, pqxx::connection *connection) {
  outlives<app::RawPool, pqxx::work>(pool, connection);
  commits<app::RawPool, pqxx::work>(pool, connection);
}
