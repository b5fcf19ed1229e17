#include "benchmarks/queue/measured.hpp"

#include <sys/resource.h>

#include <iostream>
#include <stdexcept>
#include <string>

#include <fmt/format.h>

namespace poolguard::bench {
namespace {

using Clock = std::chrono::steady_clock;

/// User and system, of this process.
double processor_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

ConnectionOptions connection_options(const Connections& connections) {
  ConnectionOptions options;
  options.url = connections.url;
  if (!connections.direct_url.empty()) options.direct_url = connections.direct_url;
  options.transaction_pool_size = connections.transaction_pool;
  options.budget = BudgetPolicy::off;
  return options;
}

void wait_for_go() {
  std::cout << "ready" << std::endl;
  std::string line;
  if (!std::getline(std::cin, line)) throw std::runtime_error("nobody said when to begin");
}

void measured(std::size_t jobs, const std::function<nlohmann::json()>& what) {
  wait_for_go();
  const double processor = processor_seconds();
  const auto began = Clock::now();
  nlohmann::json result = what();
  result["seconds"] = std::chrono::duration<double>(Clock::now() - began).count();
  result["processor"] = processor_seconds() - processor;
  result["jobs"] = jobs;
  std::cout << result.dump() << std::endl;
}

std::vector<NewJob> batch_of(std::size_t first, std::size_t count) {
  std::vector<NewJob> jobs(count);
  for (std::size_t i = 0; i < count; ++i) {
    jobs[i].name = "nothing";
    jobs[i].payload = payload(first + i);
  }
  return jobs;
}

std::string payload(std::size_t number) { return fmt::format(R"({{"order": {}, "to": "somebody@example.com"}})", number); }

}  // namespace poolguard::bench
