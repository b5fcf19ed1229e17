// RUN: %check_poolguard %s poolguard-dsn-in-log

#include <pqxx/pqxx>

#include <iostream>
#include <string>

#define LOG(text) std::cerr << __FILE__ << ": " << (text) << "\n"
void macro(const std::string &dsn, const std::string &name) {
  pqxx::connection connection(dsn);
  LOG("no connection to " + dsn);
  // CHECK-MESSAGES: :[[@LINE-1]]:{{[0-9]+}}: warning: a connection string reaches a stream
  LOG("no connection to " + name);
}
