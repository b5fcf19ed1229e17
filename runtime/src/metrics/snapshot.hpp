/// What is known of a worker at one moment, and how it is told.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <prometheus/metric_family.h>

#include "poolguard/health.hpp"
#include "poolguard/queue.hpp"
#include "poolguard/worker.hpp"

namespace poolguard::detail {

struct Snapshot {
  std::string worker;  ///< its id
  std::string queue;
  std::size_t concurrency = 0;
  WorkerHealth state;
  WorkerReport report;
  Health lanes;
  std::optional<QueueStats> counts;  ///< none if the queue can't be counted

  /// Whether all is well: what /healthz says.
  [[nodiscard]] bool ok() const noexcept { return state.ok() && state.state != WorkerState::ended && lanes.ok(); }
};

[[nodiscard]] std::vector<prometheus::MetricFamily> metric_families(const Snapshot& snapshot);
[[nodiscard]] std::string health_json(const Snapshot& snapshot);

}  // namespace poolguard::detail
