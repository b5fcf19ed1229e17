// RUN: %check_poolguard %s poolguard-startup-parameter-on-transaction-lane

#include <poolguard/annotations.hpp>

#include <pqxx/pqxx>

// What poolers track, and what never leaves the client.
void tracked() {
  POOLGUARD_LANE("transaction") pqxx::connection a("host=pooler application_name=app client_encoding=UTF8 connect_timeout=5");
  POOLGUARD_LANE("transaction") pqxx::connection b("postgresql://app@pooler:6432/app?sslmode=require&keepalives_idle=30");
  POOLGUARD_LANE("transaction") pqxx::connection c("host=pooler application_name='statement_timeout=5'");
}

void session() {
  POOLGUARD_LANE("session") pqxx::connection c("host=db statement_timeout=5000 options='-c search_path=app'");
}

// Nobody says where these lead.
void unknown(const char *dsn) {
  pqxx::connection c("host=db statement_timeout=5000");
  POOLGUARD_LANE("transaction") pqxx::connection d(dsn);
}
