// Roles from the config and from the preset of logging libraries, against declarations that match spdlog 1.10's and fmt 9's.
// RUN: %check_poolguard %s poolguard-dsn-in-log -- -config=Inputs/config.yaml

#include <string>

namespace spdlog {
template <typename... Args> using format_string_t = const char *;
template <typename... Args> inline void info(format_string_t<Args...> fmt, Args &&...args) {}
template <typename T> inline void warn(const T &msg) {}
class logger {
public:
  template <typename... Args> void error(format_string_t<Args...> fmt, Args &&...args) {}
};
} // namespace spdlog
namespace fmt {
template <typename... T> inline void print(const char *fmt, T &&...args) {}
} // namespace fmt
namespace legacy {
void *open_database(const char *name, const std::string &dsn);
void journal(const char *text);
} // namespace legacy

void all(spdlog::logger &logger, const std::string &dsn, const std::string &name) {
  legacy::open_database("main", dsn);
  spdlog::info("connecting to {}", dsn);
  // CHECK-MESSAGES: :[[@LINE-1]]:11: warning: a connection string reaches a log, through 'spdlog::info'
  spdlog::warn(dsn);
  // CHECK-MESSAGES: :[[@LINE-1]]:11: warning: a connection string reaches a log, through 'spdlog::warn'
  logger.error("{} {}", name, dsn);
  // CHECK-MESSAGES: :[[@LINE-1]]:10: warning: a connection string reaches a log, through 'spdlog::logger::error'
  fmt::print("{}\n", dsn);
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: a connection string reaches a log, through 'fmt::print'
  legacy::journal(("dsn " + dsn).c_str());
  // CHECK-MESSAGES: :[[@LINE-1]]:11: warning: a connection string reaches a log, through 'legacy::journal'
  spdlog::info("connecting to {}", name);
}
