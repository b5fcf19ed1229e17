#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace poolguard::cli {

/// Exit statuses, as `poolguard` has them.
inline constexpr int kOk = 0;
inline constexpr int kNo = 1;        ///< done, and the answer is no: an unhealthy lane, a handler that would not stop
inline constexpr int kCouldNot = 2;  ///< usage, configuration, no database

/// What the command line says.
struct Options {
  std::string database_url;
  std::string direct_url;
  std::string pglite_url;
  std::string embedded_dir;
  bool degrade = false;
  std::string events;         ///< a file, or ""
  std::size_t processes = 0;  ///< 0: as the environment says, or 1
  bool json = false;
  bool verbose = false;

  struct Submit {
    std::string name;
    std::string payload = "{}";
    std::string queue = "default";
    std::int32_t priority = 0;
    std::int64_t delay_ms = 0;
    std::string run_at;  ///< RFC 3339, or ""
    std::int32_t max_attempts = 3;
    std::string key;
    std::string limit_key;
    bool coalesce = false;
    std::int64_t ttl_ms = 0;  ///< of these, 0 is none
    std::int64_t lease_ms = 0;
    std::int64_t timeout_ms = 0;
    std::int64_t deadline_ms = 0;
    std::string backoff;
    std::int64_t backoff_ms = 1000;
    bool remove_completed = false;
    std::string flow;   ///< a file with a JSON object, "-" for stdin, or ""
    std::string batch;  ///< a file of JSON lines, "-" for stdin, or ""
  } submit;

  /// get, cancel, retry, replay, delete: one job.
  std::int64_t id = 0;

  struct Replay {
    std::string payload;  ///< of these, "" is as it was
    std::string name;
    std::string queue;
  } replay;

  /// pause and resume: a job, a name in a queue, or a queue.
  struct Pause {
    std::int64_t id = 0;  ///< 0: not a job
    std::string queue;
    std::string name;
  } pause;

  /// schedule add, list, remove, pause, resume. What the job is, is in `submit`.
  struct Schedule {
    std::string name;
    std::string cron;
    std::string time_zone = "UTC";
    std::string missed = "once";
  } schedule;

  /// limits set: of these, 0 is none.
  struct Limits {
    std::string name;
    std::string queue = "default";
    std::int64_t active = 0;
    std::int64_t rate = 0;
    std::int64_t window_s = 1;
    std::int64_t key_active = 0;
    std::int64_t key_rate = 0;
    std::int64_t key_window_s = 1;
  } limits;

  struct Prune {
    std::int64_t older_than_s = 7 * 24 * 3600;
    std::vector<std::string> statuses{"completed"};
    std::string queue;
    std::size_t batch = 1000;
  } prune;

  struct Work {
    std::string queue = "default";
    std::size_t concurrency = 4;
    std::size_t batch = 1;
    std::int64_t lease_ms = 30000;
    std::int64_t drain_ms = 30000;
    bool until_empty = false;
    std::string metrics_address;  ///< "": none
  } work;

  struct List {
    std::string queue;
    std::string status;
    std::string name;
    std::size_t limit = 50;
  } list;

  struct Stats {
    std::string queue;
  } stats;

  struct Ui {
    std::string listen = "127.0.0.1:9188";
    std::string token;  ///< "": as the environment says
    std::vector<std::string> hosts;
  } ui;

  struct Watch {
    double interval_s = 2;
    bool once = false;
  } watch;
};

}  // namespace poolguard::cli
