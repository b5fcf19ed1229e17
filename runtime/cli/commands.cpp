#include "commands.hpp"

#include <unistd.h>

#include <iostream>
#include <stop_token>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "handlers.hpp"
#include "open_engine.hpp"
#include "poolguard/queue.hpp"
#include "poolguard/worker.hpp"

namespace poolguard::cli {
namespace {

constexpr std::chrono::milliseconds kCall{10000};

ExecuteOptions limits() { return {.timeout = kCall, .stop = {}}; }

nlohmann::json to_json(const Job& job) {
  nlohmann::json out{{"id", job.id},
                     {"queue", job.queue},
                     {"name", job.name},
                     {"payload", nlohmann::json::parse(job.payload)},
                     {"status", to_string(job.status)},
                     {"priority", job.priority},
                     {"attempts", job.attempts},
                     {"max_attempts", job.max_attempts},
                     {"stalls", job.stalls},
                     {"created_at", job.created_at},
                     {"run_at", job.run_at}};
  if (!job.locked_by.empty()) out["locked_by"] = job.locked_by;
  if (!job.last_error.empty()) out["last_error"] = job.last_error;
  if (!job.finished_at.empty()) out["finished_at"] = job.finished_at;
  if (!job.result.empty()) out["result"] = nlohmann::json::parse(job.result);
  return out;
}

}  // namespace

int submit(const Options& options) {
  const auto engine = open_engine(options);
  Queue queue(*engine);
  queue.migrate(limits());
  const Options::Submit& given = options.submit;
  const JobId id = queue.add({.name = given.name,
                              .payload = given.payload,
                              .queue = given.queue,
                              .priority = given.priority,
                              .delay = std::chrono::milliseconds{given.delay_ms},
                              .max_attempts = given.max_attempts},
                             limits());
  if (options.json) std::cout << nlohmann::json{{"id", id}} << '\n';
  else std::cout << id << '\n';
  return kOk;
}

int work(const Options& options, Signals& signals) {
  const auto engine = open_engine(options);
  Queue(*engine).migrate(limits());
  const std::chrono::milliseconds lease{options.work.lease_ms};
  WorkerOptions worker_options;
  worker_options.queue = options.work.queue;
  worker_options.concurrency = options.work.concurrency;
  worker_options.lease = lease;
  worker_options.renew_interval = lease / 3;
  worker_options.renew_timeout = lease / 6;
  worker_options.drain_deadline = std::chrono::milliseconds{options.work.drain_ms};
  worker_options.until_empty = options.work.until_empty;
  worker_options.events = stderr_sink(options.verbose ? Level::debug : Level::warning);
  // A handler that ignores its stop token can't be ended, but this process can, and its leases with it.
  worker_options.on_stuck = [](std::size_t) { ::_exit(kNo); };
  Worker worker(*engine, worker_options);
  add_builtin_handlers(worker);

  std::stop_source stop;
  signals.listen([&stop] { stop.request_stop(); });
  if (!options.json) std::cerr << "poolguard-jobs: worker " << worker.id() << " runs; Ctrl-C or SIGTERM drains it\n";
  const WorkerReport report = worker.run(stop.get_token());
  if (options.json) {
    std::cout << nlohmann::json{{"claimed", report.claimed},   {"completed", report.completed}, {"failed", report.failed},
                                {"released", report.released}, {"lost", report.lost},           {"beats", report.beats},
                                {"beats_failed", report.beats_failed}}
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
  filter.limit = options.list.limit;
  const std::vector<Job> jobs = queue.list(filter, limits());
  if (options.json) {
    nlohmann::json out = nlohmann::json::array();
    for (const Job& job : jobs) out.push_back(to_json(job));
    std::cout << out.dump(2) << '\n';
    return kOk;
  }
  std::cout << fmt::format("{:>8}  {:<10} {:<16} {:<16} {:>8}  {:<32} {}\n", "id", "status", "queue", "name", "attempts", "run at", "last error");
  for (const Job& job : jobs) {
    std::cout << fmt::format("{:>8}  {:<10} {:<16} {:<16} {:>8}  {:<32} {}\n", job.id, to_string(job.status), job.queue, job.name,
                             fmt::format("{}/{}", job.attempts, job.max_attempts), job.run_at, job.last_error);
  }
  return kOk;
}

int stats(const Options& options) {
  const auto engine = open_engine(options);
  Queue queue(*engine);
  queue.migrate(limits());
  const QueueStats stats = queue.stats({}, limits());
  if (options.json) {
    nlohmann::json out;
    for (const auto& [status, count] : stats.by_status) out[std::string(to_string(status))] = count;
    out["ready"] = stats.ready;
    out["expired_leases"] = stats.expired_leases;
    out["oldest_ready_ms"] = stats.oldest_ready ? nlohmann::json(stats.oldest_ready->count()) : nlohmann::json();
    std::cout << out.dump(2) << '\n';
    return kOk;
  }
  for (const auto& [status, count] : stats.by_status) std::cout << fmt::format("{:<15} {:>10}\n", to_string(status), count);
  std::cout << fmt::format("{:<15} {:>10}\n{:<15} {:>10}\n", "ready now", stats.ready, "expired leases", stats.expired_leases);
  if (stats.oldest_ready) std::cout << fmt::format("{:<15} {:>10} s\n", "oldest ready", stats.oldest_ready->count() / 1000);
  return kOk;
}

}  // namespace poolguard::cli
