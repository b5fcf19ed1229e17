#include <unistd.h>

#include <fstream>
#include <iostream>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>

#include "benchmarks/queue/measured.hpp"
#include "poolguard/queue.hpp"
#include "poolguard/worker.hpp"

namespace poolguard::bench {
namespace {

/// Bytes of this process in memory.
std::size_t resident() {
  std::ifstream file("/proc/self/statm");
  std::size_t pages = 0;
  file >> pages >> pages;
  return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

/// Jobs of every kind of end: completed, failed once and completed then, dead, deleted.
std::vector<NewJob> mixed(std::size_t count) {
  std::vector<NewJob> jobs = batch_of(0, count);
  for (std::size_t i = 0; i < count; ++i) {
    if (i % 50 == 1) jobs[i].name = "fails once";
    if (i % 50 == 2) jobs[i].max_attempts = 1, jobs[i].name = "fails once";
    if (i % 50 == 3) jobs[i].remove_completed = true;
  }
  return jobs;
}

void wait_until_done(Queue& queue) {
  constexpr std::chrono::minutes kWithin{5};
  const auto until = std::chrono::steady_clock::now() + kWithin;
  for (;;) {
    const QueueStats stats = queue.stats();
    if (stats.by_status.at(JobStatus::waiting) + stats.by_status.at(JobStatus::active) == 0) return;
    if (std::chrono::steady_clock::now() > until) throw std::runtime_error("the jobs of a round are not done within five minutes");
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
}

}  // namespace

void soak(const Connections& connections, const SoakOptions& options) {
  PostgresEngine engine(connection_options(connections));
  Queue queue(engine);
  queue.migrate();
  WorkerOptions worker_options;
  worker_options.batch = 50;
  worker_options.renew_interval = std::chrono::milliseconds{200};  // many beats in a short time
  worker_options.backoff = {.initial = std::chrono::milliseconds{1}, .most = std::chrono::milliseconds{1}};
  worker_options.events = {};
  Worker worker(engine, worker_options);
  worker.handle("nothing", [](const JobContext&) { return R"({"done": true})"; });
  worker.handle("fails once", [](const JobContext& context) -> std::optional<std::string> {
    if (context.job.attempts == 0) throw std::runtime_error("the first time");
    return std::nullopt;
  });
  const std::jthread running([&](const std::stop_token& stop) { worker.run(stop); });
  for (std::string line = "go"; line == "go";) {
    queue.add_batch(mixed(options.jobs));
    for (const NewJob& job : batch_of(0, options.jobs / 20)) queue.add(job);
    wait_until_done(queue);
    queue.prune({.older_than = std::chrono::milliseconds{0}, .statuses = {JobStatus::completed, JobStatus::dead}});
    const WorkerReport report = worker.report();
    std::cout << nlohmann::json{{"resident", resident()}, {"completed", report.completed}, {"failed", report.failed}, {"lost", report.lost}}
              << std::endl;
    if (!std::getline(std::cin, line)) break;
  }
}

}  // namespace poolguard::bench
