#include "commands.hpp"

#include <unistd.h>

#include <iostream>
#include <optional>
#include <stop_token>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "handlers.hpp"
#include "jobs_json.hpp"
#include "open_engine.hpp"
#include "poolguard/metrics_server.hpp"
#include "poolguard/queue.hpp"
#include "poolguard/worker.hpp"
#include "util/text.hpp"

namespace poolguard::cli {
int work(const Options& options, const Signals& signals) {
  const auto engine = open_engine(options);
  Queue(*engine).migrate(limits());
  const std::chrono::milliseconds lease{options.work.lease_ms};
  WorkerOptions worker_options;
  worker_options.queue = options.work.queue;
  worker_options.concurrency = options.work.concurrency;
  worker_options.batch = options.work.batch;
  worker_options.lease = lease;
  worker_options.renew_interval = lease / 3;
  worker_options.renew_timeout = lease / 6;
  worker_options.drain_deadline = std::chrono::milliseconds{options.work.drain_ms};
  worker_options.until_empty = options.work.until_empty;
  worker_options.events = events(options);
  // A handler that ignores its stop token can't be ended, but this process can, and its leases with it.
  worker_options.on_stuck = [](std::size_t) { ::_exit(kNo); };
  Worker worker(*engine, worker_options);
  add_builtin_handlers(worker);

  std::optional<MetricsServer> metrics;
  if (!options.work.metrics_address.empty()) {
    metrics.emplace(*engine, worker, MetricsOptions{.address = options.work.metrics_address});
    std::cerr << "poolguard-jobs: /healthz and /metrics are served on port " << metrics->port() << '\n';
  }

  std::stop_source stop;
  const std::jthread listener = signals.listen(
      [&stop] {
        std::cerr << "poolguard-jobs: stopping: no new jobs; waiting for the running ones (once more to end at once)\n";
        stop.request_stop();
      },
      [] { std::cerr << "poolguard-jobs: told twice to stop; ending at once. Running jobs run again when their leases have run out\n"; });
  if (!options.json) std::cerr << "poolguard-jobs: worker " << worker.id() << " runs; Ctrl-C or SIGTERM drains it\n";
  const WorkerReport report = worker.run(stop.get_token());
  if (options.json) {
    std::cout << nlohmann::json{{"claimed", report.claimed},   {"completed", report.completed}, {"failed", report.failed},
                                {"released", report.released}, {"cancelled", report.cancelled}, {"lost", report.lost},
                                {"beats", report.beats},       {"beats_failed", report.beats_failed}}
              << '\n';
  } else {
    std::cout << fmt::format("{} claimed, {} completed, {} failed, {} given back, {} lost\n", report.claimed, report.completed,
                             report.failed, report.released, report.lost);
  }
  return kOk;
}

int list(const Options& options) {
  const auto engine = open_engine(options);
  Queue queue(*engine);
  queue.migrate(limits());
  ListFilter filter;
  if (!options.list.queue.empty()) filter.queue = options.list.queue;
  if (!options.list.status.empty()) filter.status = parse_job_status(options.list.status);
  if (!options.list.name.empty()) filter.name = options.list.name;
  filter.limit = options.list.limit;
  const std::vector<Job> jobs = queue.list(filter, limits());
  if (options.json) {
    nlohmann::json out = nlohmann::json::array();
    for (const Job& job : jobs) out.push_back(to_json(job));
    std::cout << for_reading(out) << '\n';
    return kOk;
  }
  std::cout << fmt::format("{:>8}  {:<10} {:<16} {:<16} {:>8}  {:<32} {}\n", "id", "status", "queue", "name", "attempts", "run at", "last error");
  for (const Job& job : jobs) {
    std::cout << fmt::format("{:>8}  {:<10} {:<16} {:<16} {:>8}  {:<32} {}\n", job.id, to_string(job.status),
                             detail::printable_text(job.queue), detail::printable_text(job.name),
                             fmt::format("{}/{}", job.attempts, job.max_attempts), job.run_at, detail::printable_text(job.last_error));
  }
  return kOk;
}

int stats(const Options& options) {
  const auto engine = open_engine(options);
  Queue queue(*engine);
  queue.migrate(limits());
  const QueueStats stats = queue.stats(options.stats.queue.empty() ? std::nullopt : std::optional(options.stats.queue), limits());
  if (options.json) {
    nlohmann::json out;
    for (const auto& [status, count] : stats.by_status) out[std::string(to_string(status))] = count;
    out["paused"] = stats.paused;
    out["ready"] = stats.ready;
    out["expired_leases"] = stats.expired_leases;
    out["oldest_ready_ms"] = stats.oldest_ready ? nlohmann::json(stats.oldest_ready->count()) : nlohmann::json();
    std::cout << out.dump(2) << '\n';
    return kOk;
  }
  for (const auto& [status, count] : stats.by_status) std::cout << fmt::format("{:<15} {:>10}\n", to_string(status), count);
  std::cout << fmt::format("{:<15} {:>10}\n{:<15} {:>10}\n{:<15} {:>10}\n", "paused", stats.paused, "ready now", stats.ready, "expired leases",
                           stats.expired_leases);
  if (stats.oldest_ready) std::cout << fmt::format("{:<15} {:>10} s\n", "oldest ready", stats.oldest_ready->count() / 1000);
  return kOk;
}

}  // namespace poolguard::cli
