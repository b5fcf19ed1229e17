// RUN: %check_poolguard %s poolguard-dsn-in-log

#include <poolguard/annotations.hpp>

#include <iostream>
#include <pqxx/pqxx>
#include <sstream>
#include <stdexcept>
#include <string>

namespace app {
POOLGUARD_LOGS void log_info(const std::string &text);
std::string redacted(const std::string &dsn);
} // namespace app

void redacts(const std::string &dsn) {
  pqxx::connection c(dsn);
  app::log_info("connected to " + app::redacted(dsn));
  app::log_info("postgres://app:***@db/app");
  app::log_info("postgres://app@db/app");
  app::log_info("set password=secret in the form");
}

// Building the string is no log; what it is made of is none of the secret.
void builds(const std::string &host, const std::string &password) {
  std::ostringstream text;
  text << "host=" << host << " password=" << password;
  std::string dsn = "host=" + host + " dbname=app";
  pqxx::connection c(dsn);
  std::cerr << "host " << host << "\n";
}

// Without a password there is nothing to hide.
void local() {
  static const std::string kDsn = "host=/tmp dbname=test";
  pqxx::connection c(kDsn);
  std::cout << kDsn;
}

void other(const std::string &dsn, const std::string &name) {
  pqxx::connection c(dsn);
  std::cout << name << dsn.size() << dsn.empty();
  throw std::runtime_error("can't connect to " + name);
}

// Another caller's text isn't a connection string because this one's is.
std::string trimmed(const std::string &text);
void shared(const std::string &dsn, const std::string &name) {
  pqxx::connection c(trimmed(dsn));
  app::log_info(trimmed(name));
}

// An example in a message has a word where the password would be.
void usage() {
  throw std::runtime_error("give 'postgresql://user:password@host:5432/database' or 'host=... user=... password=<password>'");
}
