#include "poolguard/metrics_server.hpp"

#include <functional>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

#include <CivetServer.h>
#include <fmt/format.h>
#include <prometheus/text_serializer.h>

#include "metrics/snapshot.hpp"
#include "poolguard/errors.hpp"
#include "util/remembered.hpp"

namespace poolguard {
namespace {

struct Answer {
  int status = 200;
  const char* type = "";
  std::string body;
};

/// One path, GET only: for other methods it isn't there (404).
class Page : public CivetHandler {
 public:
  explicit Page(std::function<Answer()> make) : make_(std::move(make)) {}

  bool handleGet(CivetServer*, mg_connection* connection) override {
    Answer answer;
    try {
      answer = make_();
    } catch (const std::exception&) {
      // What it says may hold anything; whoever asks has its own logs to look into.
      answer = {.status = 500, .type = "text/plain", .body = "the answer could not be made\n"};
    }
    const char* reason = answer.status == 200 ? "OK" : answer.status == 503 ? "Service Unavailable" : "Internal Server Error";
    const std::string head = fmt::format(
        "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n", answer.status, reason,
        answer.type, answer.body.size());
    mg_write(connection, head.data(), head.size());
    mg_write(connection, answer.body.data(), answer.body.size());
    return true;
  }

 private:
  const std::function<Answer()> make_;
};

/// "PORT" is a port of this machine only.
std::string listening_ports(const std::string& address) {
  return address.find(':') == std::string::npos ? "127.0.0.1:" + address : address;
}

std::unique_ptr<CivetServer> listen(const std::string& address) {
  const std::vector<std::string> options{"listening_ports", listening_ports(address), "num_threads", "2", "request_timeout_ms", "10000"};
  try {
    return std::make_unique<CivetServer>(options);
  } catch (const CivetException& error) {
    throw ConfigError(fmt::format("health and metrics can't be served on '{}' ({}): give PORT or HOST:PORT, of this machine and not in use",
                                  address, error.what()));
  }
}

}  // namespace

struct MetricsServer::Inside {
  Inside(Engine& engine, const Worker& its_worker, const MetricsOptions& options)
      : worker(its_worker),
        queue(engine),
        lanes(options.probe_interval, [&engine, timeout = options.probe_timeout] { return engine.health(timeout); }),
        counts(options.count_interval, [this, timeout = options.probe_timeout] { return count(timeout); }),
        health([this] {
          const detail::Snapshot now = snapshot(false);
          return Answer{.status = now.ok() ? 200 : 503, .type = "application/json", .body = health_json(now)};
        }),
        metrics([this] {
          std::ostringstream out;
          prometheus::TextSerializer().Serialize(out, metric_families(snapshot(true)));
          return Answer{.status = 200, .type = "text/plain; version=0.0.4; charset=utf-8", .body = out.str()};
        }),
        server(listen(options.address)) {
    server->addHandler("/healthz", health);
    server->addHandler("/metrics", metrics);
  }

  std::optional<QueueStats> count(std::chrono::milliseconds timeout) {
    try {
      return queue.stats(worker.options().queue, {.timeout = timeout, .stop = {}});
    } catch (const Error&) {
      return std::nullopt;  // the lanes say what is wrong
    }
  }

  detail::Snapshot snapshot(bool counted) {
    return {.worker = worker.id(),
            .queue = worker.options().queue,
            .concurrency = worker.options().concurrency,
            .state = worker.health(),
            .report = worker.report(),
            .lanes = lanes.get(),
            .counts = counted ? counts.get() : std::nullopt};
  }

  const Worker& worker;
  Queue queue;
  detail::Remembered<Health> lanes;
  detail::Remembered<std::optional<QueueStats>> counts;
  Page health, metrics;
  std::unique_ptr<CivetServer> server;  // last: its threads end before what they use
};

MetricsServer::MetricsServer(Engine& engine, const Worker& worker, MetricsOptions options)
    : inside_(std::make_unique<Inside>(engine, worker, options)) {}

MetricsServer::~MetricsServer() = default;

std::uint16_t MetricsServer::port() const noexcept {
  const std::vector<int> ports = inside_->server->getListeningPorts();
  return ports.empty() ? 0 : static_cast<std::uint16_t>(ports.front());
}

}  // namespace poolguard
