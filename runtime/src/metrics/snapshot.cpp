#include "metrics/snapshot.hpp"

#include <utility>

#include <nlohmann/json.hpp>

#include "poolguard/connection_url.hpp"

namespace poolguard::detail {
namespace {

using Label = prometheus::ClientMetric::Label;
using prometheus::MetricFamily;
using prometheus::MetricType;

/// Builds families whose metrics all carry the labels of the worker.
class Families {
 public:
  explicit Families(std::vector<Label> common) : common_(std::move(common)) {}

  void counter(const std::string& name, const std::string& help, std::uint64_t value) {
    family(name, help, MetricType::Counter);
    add(static_cast<double>(value), {});
  }
  void gauge(const std::string& name, const std::string& help, double value) {
    family(name, help, MetricType::Gauge);
    add(value, {});
  }
  void family(const std::string& name, const std::string& help, MetricType type) {
    families_.push_back({.name = "poolguard_" + name, .help = help, .type = type, .metric = {}});
  }
  /// To the last family.
  void add(double value, std::vector<Label> labels) {
    prometheus::ClientMetric metric;
    metric.label = common_;
    metric.label.insert(metric.label.end(), labels.begin(), labels.end());
    if (families_.back().type == MetricType::Counter) metric.counter.value = value;
    else metric.gauge.value = value;
    families_.back().metric.push_back(std::move(metric));
  }
  [[nodiscard]] std::vector<MetricFamily> take() { return std::move(families_); }

 private:
  const std::vector<Label> common_;
  std::vector<MetricFamily> families_;
};

double seconds(std::chrono::milliseconds time) { return static_cast<double>(time.count()) / 1000.0; }

void add_worker(Families& out, const Snapshot& snapshot) {
  const WorkerReport& report = snapshot.report;
  out.counter("jobs_claimed_total", "Jobs this worker took.", report.claimed);
  out.counter("jobs_completed_total", "Jobs this worker completed.", report.completed);
  out.counter("jobs_failed_total", "Attempts of jobs that failed here.", report.failed);
  out.counter("jobs_released_total", "Jobs this worker gave back, no attempt counted.", report.released);
  out.counter("jobs_cancelled_total", "Jobs that were cancelled while they ran here.", report.cancelled);
  out.counter("leases_lost_total", "Leases that were lost while the handler ran.", report.lost);
  out.counter("claims_total", "Statements that claim, whatever they gave.", report.claims);
  out.counter("notifications_total", "Notifications of new jobs.", report.notifications);
  out.family("renewals_total", "Renewals of all leases at once.", MetricType::Counter);
  out.add(static_cast<double>(report.beats), {{"outcome", "landed"}});
  out.add(static_cast<double>(report.beats_failed), {{"outcome", "failed"}});
  out.gauge("jobs_running", "Jobs that run here now.", static_cast<double>(report.running));
  out.gauge("worker_concurrency", "Handlers that this worker may run at a time.", static_cast<double>(snapshot.concurrency));
  out.gauge("worker_listening", "1 if new jobs are notified, 0 if the worker looks for them by itself.", report.listening ? 1 : 0);
  out.family("worker_state", "1 for the state that the worker is in.", MetricType::Gauge);
  for (const WorkerState state :
       {WorkerState::idle, WorkerState::working, WorkerState::wedged, WorkerState::cut_off, WorkerState::ended}) {
    out.add(snapshot.state.state == state ? 1 : 0, {{"state", std::string(to_string(state))}});
  }
}

void add_lanes(Families& out, const Health& lanes) {
  const auto each = [&](const std::string& name, const std::string& help, auto value) {
    out.family(name, help, MetricType::Gauge);
    out.add(value(lanes.transaction), {{"lane", "transaction"}});
    out.add(value(lanes.session), {{"lane", "session"}});
  };
  const auto count = [](std::size_t number) { return static_cast<double>(number); };
  each("lane_up", "1 if the lane answers.", [](const LaneHealth& lane) { return lane.ok() ? 1.0 : 0.0; });
  each("lane_pool_starved", "1 if the server answers, but no connection of the lane's pool comes free.",
       [](const LaneHealth& lane) { return lane.state == LaneState::pool_starved ? 1.0 : 0.0; });
  each("lane_round_trip_seconds", "How long the lane's last probe took.", [](const LaneHealth& lane) { return seconds(lane.round_trip); });
  each("pool_size", "The most connections that the lane's pool may have.", [&](const LaneHealth& lane) { return count(lane.pool.size); });
  each("pool_open", "Connections of the lane's pool.", [&](const LaneHealth& lane) { return count(lane.pool.open); });
  each("pool_in_use", "Of those, on loan.", [&](const LaneHealth& lane) { return count(lane.pool.in_use); });
  each("pool_waiting", "Callers that wait for a connection.", [&](const LaneHealth& lane) { return count(lane.pool.waiting); });
}

void add_queue(Families& out, const QueueStats& counts) {
  out.family("queue_jobs", "Jobs of the queue, by status.", MetricType::Gauge);
  for (const auto& [status, count] : counts.by_status) {
    out.add(static_cast<double>(count), {{"status", std::string(to_string(status))}});
  }
  out.gauge("queue_ready", "Jobs of the queue that are due.", static_cast<double>(counts.ready));
  out.gauge("queue_expired_leases", "Active jobs of the queue whose lease ran out.", static_cast<double>(counts.expired_leases));
  out.gauge("queue_oldest_ready_seconds", "How long the oldest of the due jobs has been due.",
            seconds(counts.oldest_ready.value_or(std::chrono::milliseconds{0})));
}

nlohmann::json lane_json(const LaneHealth& lane) {
  nlohmann::json out{{"state", to_string(lane.state)}, {"round_trip_ms", lane.round_trip.count()}};
  if (!lane.error.empty()) out["error"] = redact(lane.error);
  return out;
}

}  // namespace

std::vector<MetricFamily> metric_families(const Snapshot& snapshot) {
  Families out({{"queue", snapshot.queue}, {"worker", snapshot.worker}});
  add_worker(out, snapshot);
  add_lanes(out, snapshot.lanes);
  if (snapshot.counts) add_queue(out, *snapshot.counts);
  return out.take();
}

std::string health_json(const Snapshot& snapshot) {
  nlohmann::json out{{"ok", snapshot.ok()},
                     {"worker", snapshot.worker},
                     {"queue", snapshot.queue},
                     {"state", to_string(snapshot.state.state)},
                     {"listening", snapshot.report.listening},
                     {"lanes", {{"transaction", lane_json(snapshot.lanes.transaction)}, {"session", lane_json(snapshot.lanes.session)}}}};
  if (!snapshot.state.reason.empty()) out["reason"] = redact(snapshot.state.reason);
  return out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace poolguard::detail
