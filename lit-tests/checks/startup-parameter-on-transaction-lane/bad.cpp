// RUN: %check_poolguard %s poolguard-startup-parameter-on-transaction-lane

#include <poolguard/annotations.hpp>

#include <pqxx/pqxx>

void variable() {
  POOLGUARD_LANE("transaction") pqxx::connection c("host=pooler dbname=app statement_timeout=5000");
  // CHECK-MESSAGES: :[[@LINE-1]]:50: warning: the connection string of the transaction lane has the startup parameter 'statement_timeout': a transaction-mode pooler rejects the connection, or drops the parameter where it is told to ignore it; set it with ALTER ROLE, with SET LOCAL in the transaction, or on the session lane [poolguard-startup-parameter-on-transaction-lane]
}

POOLGUARD_RETURNS_LANE("transaction") pqxx::connection factory() {
  return pqxx::connection("postgresql://app:secret@pooler:6432/app?options=-c%20search_path%3Dapp&sslmode=require");
  // CHECK-MESSAGES: :[[@LINE-1]]:10: warning: {{.*}} has the startup parameter 'options'
}

POOLGUARD_RETURNS_LANE("transaction") std::unique_ptr<pqxx::connection> owned(const std::string &host) {
  return std::make_unique<pqxx::connection>("host=" + host + " options='-c lock_timeout=1s'");
  // CHECK-MESSAGES: :[[@LINE-1]]:{{[0-9]+}}: warning: {{.*}} has the startup parameter 'options'
}

// The port of Supabase's transaction pooler.
pqxx::connection supabase("postgres://app@db.example.com:6543/postgres?options=-csearch_path%3Dapp");
// CHECK-MESSAGES: :[[@LINE-1]]:18: warning: {{.*}} has the startup parameter 'options'

// The string comes from the caller, the lane from the factory.
POOLGUARD_RETURNS_LANE("transaction") pqxx::connection open(const char *dsn) { return pqxx::connection(dsn); }
void caller() {
  open("host=pooler lock_timeout=100");
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: {{.*}} has the startup parameter 'lock_timeout'
  open("host=pooler");
}

struct Pool {
  Pool() : connection_("host=pooler idle_in_transaction_session_timeout=1000") {}
  // CHECK-MESSAGES: :[[@LINE-1]]:12: warning: {{.*}} has the startup parameter 'idle_in_transaction_session_timeout'
  POOLGUARD_LANE("transaction") pqxx::connection connection_;
};

void suppressed() {
  open("host=pooler lock_timeout=100"); // NOLINT(poolguard-startup-parameter-on-transaction-lane)
}
