#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace poolguard::cli {

/// Exit statuses, as `poolguard` has them.
inline constexpr int kOk = 0;
inline constexpr int kNo = 1;        ///< done, and the answer is no: an unhealthy lane, a handler that would not stop
inline constexpr int kCouldNot = 2;  ///< usage, configuration, no database

/// What the command line says.
struct Options {
  std::string database_url;
  std::string direct_url;
  std::string embedded_dir;
  bool degrade = false;
  bool json = false;
  bool verbose = false;

  struct Submit {
    std::string name;
    std::string payload = "{}";
    std::string queue = "default";
    std::int32_t priority = 0;
    std::int64_t delay_ms = 0;
    std::int32_t max_attempts = 3;
  } submit;

  struct Work {
    std::string queue = "default";
    std::size_t concurrency = 4;
    std::int64_t lease_ms = 30000;
    std::int64_t drain_ms = 30000;
    bool until_empty = false;
  } work;

  struct List {
    std::string queue;
    std::string status;
    std::size_t limit = 50;
  } list;
};

}  // namespace poolguard::cli
