// RUN: %check_poolguard %s poolguard-* -- -config=config.yaml
// RUN: %preset_roles logging %S/config.yaml %s -- -std=c++20 -I%S/../../Inputs

#include <logging/logging.h>

void logs(const std::shared_ptr<spdlog::logger> &log) {
  const char *dsn = "host=db password=hunter2";
  spdlog::trace("connecting to {}", dsn);
  // CHECK-MESSAGES: :[[@LINE-1]]:11: warning: a connection string with its password reaches a log, through 'spdlog::trace'
  spdlog::debug("connecting to {}", dsn);
  // CHECK-MESSAGES: :[[@LINE-1]]:11: warning: a connection string with its password reaches a log, through 'spdlog::debug'
  spdlog::info("connecting to {}", dsn);
  // CHECK-MESSAGES: :[[@LINE-1]]:11: warning: a connection string with its password reaches a log, through 'spdlog::info'
  spdlog::warn("connecting to {}", dsn);
  // CHECK-MESSAGES: :[[@LINE-1]]:11: warning: a connection string with its password reaches a log, through 'spdlog::warn'
  spdlog::error("connecting to {}", dsn);
  // CHECK-MESSAGES: :[[@LINE-1]]:11: warning: a connection string with its password reaches a log, through 'spdlog::error'
  spdlog::critical("connecting to {}", dsn);
  // CHECK-MESSAGES: :[[@LINE-1]]:11: warning: a connection string with its password reaches a log, through 'spdlog::critical'
  spdlog::log(spdlog::level::warn, "connecting to {}", dsn);
  // CHECK-MESSAGES: :[[@LINE-1]]:11: warning: a connection string with its password reaches a log, through 'spdlog::log'
  log->trace("connecting to {}", dsn);
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: a connection string with its password reaches a log, through 'spdlog::logger::trace'
  log->debug("connecting to {}", dsn);
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: a connection string with its password reaches a log, through 'spdlog::logger::debug'
  log->info("connecting to {}", dsn);
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: a connection string with its password reaches a log, through 'spdlog::logger::info'
  log->warn("connecting to {}", dsn);
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: a connection string with its password reaches a log, through 'spdlog::logger::warn'
  log->error("connecting to {}", dsn);
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: a connection string with its password reaches a log, through 'spdlog::logger::error'
  log->critical("connecting to {}", dsn);
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: a connection string with its password reaches a log, through 'spdlog::logger::critical'
  log->log(spdlog::level::warn, dsn);
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: a connection string with its password reaches a log, through 'spdlog::logger::log'
  fmt::print("{}", dsn);
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: a connection string with its password reaches a log, through 'fmt::print'
  fmt::print(stderr, "{}", dsn);
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: a connection string with its password reaches a log, through 'fmt::print'
  fmt::println("{}", dsn);
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: a connection string with its password reaches a log, through 'fmt::println'
  fmt::vprint(dsn, fmt::make_format_args());
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: a connection string with its password reaches a log, through 'fmt::vprint'
}
