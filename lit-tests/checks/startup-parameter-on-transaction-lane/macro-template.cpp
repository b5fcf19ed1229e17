// RUN: %check_poolguard %s poolguard-startup-parameter-on-transaction-lane

#include <poolguard/annotations.hpp>

#include <pqxx/pqxx>

#define POOLED "host=pooler "
#define LIMIT "statement_timeout=5000"
void macro() {
  POOLGUARD_LANE("transaction") pqxx::connection limited(POOLED LIMIT);
  // CHECK-MESSAGES: :[[@LINE-1]]:50: warning: {{.*}} has the startup parameter 'statement_timeout'
  POOLGUARD_LANE("transaction") pqxx::connection plain(POOLED "dbname=app");
}

template <typename Connection> POOLGUARD_RETURNS_LANE("transaction") Connection connect() {
  return Connection("host=pooler search_path=app");
  // CHECK-MESSAGES: :[[@LINE-1]]:10: warning: {{.*}} has the startup parameter 'search_path'
}
template pqxx::connection connect<pqxx::connection>();
