/// All queues at one moment, as somebody sees them who is no worker: what `poolguard-jobs watch` and `ui` show.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "poolguard/health.hpp"
#include "poolguard/queue.hpp"

namespace poolguard::detail {

struct QueueOverview {
  std::string queue;
  QueueStats counts;
  bool paused = false;  ///< all of it
  /// Since the last claim of a job that is there still; unset if there is none.
  std::optional<std::chrono::milliseconds> since_claim;
  /// A job that could be claimed has been due for longer than `wedge_after`, nothing was claimed for as long, and no lease is held. From here
  /// a worker that is wedged looks like one that isn't there.
  bool wedged = false;
  std::string note;  ///< why it is wedged, or may be; else ""
};

struct RunningJob {
  JobId id = 0;
  std::string queue, name, owner;
  std::int32_t attempts = 0, max_attempts = 0;
  bool cancel_requested = false;
  std::string progress;  ///< the begin of its JSON, or ""
  std::chrono::milliseconds running{0};
  std::chrono::milliseconds lease_left{0};  ///< below 0: it ran out
};

/// A job that is dead, or failed and waits for its next attempt.
struct Failure {
  JobId id = 0;
  std::string queue, name;
  JobStatus status = JobStatus::dead;
  std::int32_t attempts = 0, max_attempts = 0;
  std::string error;  ///< its begin
  std::string at;     ///< ISO 8601 with offset: when it ended, or when its last attempt began
  std::chrono::milliseconds age{0};
};

struct Overview {
  std::vector<QueueOverview> queues;  ///< those that have jobs, by name
  std::vector<RunningJob> running;    ///< who has run longest first
  std::vector<Failure> failures;      ///< the last one first
  Health lanes;
};

struct OverviewOptions {
  std::chrono::milliseconds wedge_after{60000};  ///< as WorkerOptions::wedge_after
  std::size_t queues = 200, running = 50, failures = 20;  ///< at most so many
  std::chrono::milliseconds probe_timeout{2000};          ///< of a lane
};

/// Looks, with a statement for each part; the parts are moments apart. Throws what the engine throws. Thread-safe.
[[nodiscard]] Overview look_at(Engine& engine, const OverviewOptions& options, const ExecuteOptions& limits);

}  // namespace poolguard::detail
