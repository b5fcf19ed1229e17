// RUN: %check_poolguard %s poolguard-connection-leak-on-path

#include "pool.h"

#define LEND(pool) (pool).acquire()
#define TAKE_BACK(pool, c) (pool).release(c)
int macro(app::RawPool &pool, bool quick) {
  pqxx::connection *connection = LEND(pool);
  // CHECK-MESSAGES: :[[@LINE-1]]:21: warning: 'connection' isn't handed back on every path that returns
  if (quick)
    return 1;
  TAKE_BACK(pool, connection);
  return 0;
}
void both(app::RawPool &pool) {
  pqxx::connection *connection = LEND(pool);
  TAKE_BACK(pool, connection);
}

template <typename Pool> int leaks(Pool &pool, bool quick) {
  pqxx::connection *connection = pool.acquire();
  // CHECK-MESSAGES: :[[@LINE-1]]:21: warning: 'connection' isn't handed back on every path that returns
  if (quick)
    return 1;
  pool.release(connection);
  return 0;
}
template <typename Pool> void handsBack(Pool &pool) {
  pqxx::connection *connection = pool.acquire();
  pool.release(connection);
}
void instances(app::RawPool &pool) {
  leaks(pool, true);
  handsBack(pool);
}
