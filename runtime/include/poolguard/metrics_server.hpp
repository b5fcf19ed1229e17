/// A worker's health and metrics over HTTP. In library poolguard-metrics, which needs prometheus-cpp and civetweb.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "poolguard/engine.hpp"
#include "poolguard/worker.hpp"

namespace poolguard {

struct MetricsOptions {
  /// Where to listen: "PORT" (on 127.0.0.1), "HOST:PORT" or "[IPV6]:PORT"; port 0: a free one. There is no password and no TLS: beyond
  /// localhost it belongs in a network of its own.
  std::string address = "0";
  /// Each lane is asked at most so often, however often somebody asks here, and for so long.
  std::chrono::milliseconds probe_interval{5000};
  std::chrono::milliseconds probe_timeout{2000};
  /// The queue is counted, which reads it all, at most so often.
  std::chrono::milliseconds count_interval{30000};
};

/// Answers GET /healthz (JSON; 200, or 503 if the worker is wedged, cut off or ended, or a lane doesn't work) and GET /metrics (the text
/// format of Prometheus), on two threads of its own, from its making to its end.
class MetricsServer {
 public:
  /// Both must outlive it. Throws ConfigError if it can't listen there.
  MetricsServer(Engine& engine, const Worker& worker, MetricsOptions options = {});
  ~MetricsServer();
  MetricsServer(const MetricsServer&) = delete;
  MetricsServer& operator=(const MetricsServer&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept;

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace poolguard
