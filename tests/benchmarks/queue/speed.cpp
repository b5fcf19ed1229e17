#include <algorithm>
#include <condition_variable>
#include <iostream>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "benchmarks/queue/measured.hpp"
#include "poolguard/metrics_server.hpp"
#include "poolguard/queue.hpp"
#include "poolguard/worker.hpp"
#include "queue/enqueue_sql.hpp"
#include "queue/sql.hpp"

namespace poolguard::bench {
namespace {

using Clock = std::chrono::steady_clock;

void fill(Queue& queue, std::size_t jobs) {
  constexpr std::size_t kBatch = 5000;
  for (std::size_t first = 0; first < jobs; first += kBatch) queue.add_batch(batch_of(first, std::min(kBatch, jobs - first)));
}

}  // namespace

void statements() {
  std::cout << nlohmann::json{{"claim", sql::kClaim},
                              {"complete_and_claim", sql::kCompleteAndClaim},
                              {"complete_batch", sql::kCompleteBatch},
                              {"add", sql::kAdd}}
            << std::endl;
}

void work(const Connections& connections, const WorkOptions& options) {
  PostgresEngine engine(connection_options(connections));
  Queue queue(engine);
  queue.migrate();
  fill(queue, options.jobs);
  WorkerOptions worker_options;
  worker_options.concurrency = options.concurrency;
  worker_options.batch = options.batch;
  worker_options.until_empty = true;
  Worker worker(engine, worker_options);
  worker.handle("nothing", [](const JobContext&) { return std::nullopt; });
  std::optional<MetricsServer> metrics;
  if (!options.metrics_address.empty()) metrics.emplace(engine, worker, MetricsOptions{.address = options.metrics_address});
  measured(options.jobs, [&] {
    const WorkerReport report = worker.run({});
    if (report.completed != options.jobs) {
      throw std::runtime_error(fmt::format("{} of {} jobs were completed", report.completed, options.jobs));
    }
    return nlohmann::json{{"claims", report.claims}};
  });
}

void add(const Connections& connections, const AddOptions& options) {
  PostgresEngine engine(connection_options(connections));
  Queue queue(engine);
  queue.migrate();
  measured(options.jobs, [&] {
    for (std::size_t first = 0; first < options.jobs; first += options.batch) {
      std::vector<NewJob> jobs = batch_of(first, std::min(options.batch, options.jobs - first));
      if (options.batch == 1) queue.add(jobs.front());
      else queue.add_batch(jobs);
    }
    return nlohmann::json::object();
  });
}

void latency(const Connections& connections, const LatencyOptions& options) {
  PostgresEngine engine(connection_options(connections));
  Queue queue(engine);
  queue.migrate();
  std::mutex mutex;
  std::condition_variable started;
  std::optional<Clock::time_point> start;
  Worker worker(engine, {});
  worker.handle("nothing", [&](const JobContext&) {
    const auto now = Clock::now();
    const std::lock_guard lock(mutex);
    start = now;
    started.notify_one();
    return std::nullopt;
  });
  const std::jthread running([&](const std::stop_token& stop) { worker.run(stop); });
  while (!worker.report().listening) std::this_thread::yield();
  measured(options.jobs, [&] {
    std::vector<double> waits;
    for (std::size_t i = 0; i < options.jobs; ++i) {
      std::this_thread::sleep_for(options.pause);
      const auto added = Clock::now();
      queue.add(batch_of(i, 1).front());
      std::unique_lock lock(mutex);
      started.wait(lock, [&] { return start.has_value(); });
      waits.push_back(std::chrono::duration<double, std::milli>(*start - added).count());
      start.reset();
    }
    return nlohmann::json{{"waits", waits}};
  });
}

}  // namespace poolguard::bench
