#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "benchmarks/queue/measured.hpp"
#include "poolguard/errors.hpp"
#include "poolguard/queue.hpp"
#include "queue/sql.hpp"

namespace poolguard::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kLease{30000};

double milliseconds(const std::function<void()>& call) {
  const auto began = Clock::now();
  call();
  return std::chrono::duration<double, std::milli>(Clock::now() - began).count();
}

std::vector<LeaseKey> held_leases(Queue& queue, std::size_t count) {
  queue.add_batch(batch_of(0, count));
  std::vector<LeaseKey> keys;
  for (const Job& job : queue.claim({.worker = "heartbeat", .names = {"nothing"}, .limit = count, .lease = kLease})) keys.push_back(job.key());
  if (keys.size() != count) throw std::runtime_error(fmt::format("{} of {} jobs were claimed", keys.size(), count));
  return keys;
}

/// Clients that fill the transaction lane from its making to its end.
class Saturation {
 public:
  Saturation(Engine& engine, const HeartbeatOptions& options) {
    const double seconds = std::chrono::duration<double>(options.transaction).count();
    for (std::size_t i = 0; i < options.others; ++i) {
      threads_.emplace_back([&engine, seconds, this](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
          engine.execute("SELECT pg_sleep($1::double precision)", {fmt::format("{}", seconds)}, {.timeout = std::chrono::minutes{1}, .stop = {}});
          ++done_;
        }
      });
    }
    while (done_ < options.others) std::this_thread::yield();  // each has had its turn once, and waits for the next
  }

 private:
  std::atomic<std::size_t> done_ = 0;
  std::vector<std::jthread> threads_;
};

}  // namespace

void heartbeat(const Connections& connections, const HeartbeatOptions& options) {
  Connections all = connections;
  all.transaction_pool = options.others + 1;  // this process makes nobody wait: the pooler does
  PostgresEngine engine(connection_options(all));
  Queue queue(engine);
  queue.migrate();
  const std::vector<LeaseKey> keys = held_leases(queue, options.held);
  const Saturation saturation(engine, options);
  measured(options.beats, [&] {
    const ExecuteOptions patient{.timeout = std::chrono::minutes{1}, .stop = {}};
    std::vector<double> session, transaction;
    // As a worker does, and as it would on the other lane.
    for (std::size_t beat = 0; beat < options.beats; ++beat) {
      session.push_back(milliseconds([&] {
        if (queue.renew(keys, kLease, patient).size() != keys.size()) throw std::runtime_error("a lease was lost");
      }));
      if (beat % 10 != 0) continue;  // each takes long
      transaction.push_back(milliseconds([&] { engine.execute("SELECT 1", {}, patient); }));
    }
    return nlohmann::json{{"session", session}, {"transaction", transaction}};
  });
}

}  // namespace poolguard::bench
