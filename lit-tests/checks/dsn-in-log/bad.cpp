// RUN: %check_poolguard %s poolguard-dsn-in-log

#include <poolguard/annotations.hpp>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <pqxx/pqxx>
#include <stdexcept>
#include <string>

namespace app {
POOLGUARD_LOGS void log_info(const std::string &text);
struct Config {
  std::string dsn;
  std::string name;
};
} // namespace app

void text() {
  std::cerr << "connecting to postgres://app:hunter2@db/app\n";
  // CHECK-MESSAGES: :[[@LINE-1]]:{{[0-9]+}}: warning: a connection string with its password reaches a stream: whoever reads that has the database's password; write the host and the database's name only [poolguard-dsn-in-log]
  app::log_info("host=db user=app password=hunter2");
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: a connection string with its password reaches a log, through 'app::log_info'
}

void parts(const std::string &password) {
  std::string dsn = "host=db user=app password=" + password + " dbname=app";
  pqxx::connection c(dsn);
  app::log_info("connecting with " + dsn);
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: a connection string with its password reaches a log
}

// The value that is used to connect.
void parameter(const std::string &dsn) {
  try {
    pqxx::connection c(dsn);
  } catch (const pqxx::broken_connection &) {
    throw std::runtime_error("can't connect to " + dsn);
    // CHECK-MESSAGES: :[[@LINE-1]]:{{[0-9]+}}: warning: a connection string reaches the text of an exception
  }
}
void field(const app::Config &config) {
  pqxx::connection c(config.dsn);
  std::printf("dsn: %s\n", config.dsn.c_str());
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: a connection string reaches a log, through 'printf'
  std::cout << "name " << config.name << ", dsn " << config.dsn << std::endl;
  // CHECK-MESSAGES: :[[@LINE-1]]:{{[0-9]+}}: warning: a connection string reaches a stream
}
void environment() {
  const char *url = std::getenv("DATABASE_URL");
  pqxx::connection c(url);
  std::clog << url;
  // CHECK-MESSAGES: :[[@LINE-1]]:{{[0-9]+}}: warning: a connection string reaches a stream
}

// Over calls: the callee connects, another callee logs.
void open(const std::string &dsn) { pqxx::connection c(dsn); }
void report(const std::string &what) { app::log_info("opening " + what); }
void both(const std::string &url) {
  open(url);
  report(url);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: a connection string reaches a log, through 'app::log_info'
}

void suppressed(const std::string &dsn) {
  pqxx::connection c(dsn);
  app::log_info(dsn); // NOLINT(poolguard-dsn-in-log)
}
