#include "stage.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <iostream>
#include <latch>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "poolguard/errors.hpp"
#include "poolguard/postgres_engine.hpp"

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr int kJobs = 3;
constexpr int kServerConnections = 2;
constexpr int kLoadClients = 24;  // a quarter of a second each: who comes last waits for 24 / 2 * 0.25 = 3 s
constexpr auto kLease = 1500ms;
constexpr auto kBeatEvery = 250ms;
constexpr auto kWork = 3500ms;

constexpr std::string_view kCreate = R"sql(
CREATE TABLE jobs (
  id bigint PRIMARY KEY,
  status text NOT NULL DEFAULT 'waiting',
  lock_epoch bigint NOT NULL DEFAULT 0,
  lock_until timestamptz,
  locked_by text
)
)sql";

constexpr std::string_view kFill = "INSERT INTO jobs (id) SELECT generate_series(1, $1::bigint)";

// A job that waits, or one whose lease has run out.
constexpr std::string_view kClaim = R"sql(
WITH next AS (
  SELECT id
  FROM jobs
  WHERE status = 'waiting' OR (status = 'active' AND lock_until < clock_timestamp())
  ORDER BY id
  LIMIT 1
  FOR UPDATE SKIP LOCKED
)
UPDATE jobs AS job
SET status = 'active',
    lock_epoch = job.lock_epoch + 1,
    lock_until = clock_timestamp() + interval '1500 ms',
    locked_by = $1
FROM next
WHERE job.id = next.id
RETURNING job.id, job.lock_epoch
)sql";

constexpr std::string_view kComplete = R"sql(
UPDATE jobs
SET status = 'completed', lock_until = NULL, locked_by = NULL
WHERE id = $1::bigint AND lock_epoch = $2::bigint
)sql";

constexpr std::string_view kLoad = "SELECT pg_sleep(0.25)";

struct Figures {
  std::atomic<int> sent = 0, landed = 0, late = 0, failed = 0, lost = 0, rejected = 0;
  std::mutex mutex;
  std::map<std::int64_t, std::vector<std::string>> runs;  // job -> who ran it

  void ran(std::int64_t job, const std::string& who) {
    const std::lock_guard lock(mutex);
    runs[job].push_back(who);
  }
};

/// Waits for a while; returns false at once if asked to stop.
bool pause(std::chrono::milliseconds time, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, time, [] { return false; });
  return !stop.stop_requested();
}

std::optional<Lease> claim(poolguard::Engine& engine, const std::string& who) {
  const poolguard::Result rows = engine.execute_direct(kClaim, {who});
  if (rows.empty()) return std::nullopt;
  return Lease{.id = rows.number(0, "id"), .epoch = rows.number(0, "lock_epoch")};
}

/// The other services of the house, through the same pool.
class Load {
 public:
  explicit Load(poolguard::Engine& engine) {
    for (int i = 0; i < kLoadClients; ++i) {
      clients_.emplace_back([this, &engine](const std::stop_token& stop) noexcept {
        started_.count_down();
        while (!stop.stop_requested()) {
          try {
            engine.execute(kLoad, {}, {.timeout = {}, .stop = stop});
          } catch (const poolguard::Error&) {
            // Load is load: a statement that fails is followed by the next, or by the end that cancelled it.
          }
        }
      });
    }
    started_.wait();
  }
  ~Load() {
    for (std::jthread& client : clients_) client.request_stop();  // all at once, not one after the other's join
  }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

 private:
  std::latch started_{kLoadClients};
  std::vector<std::jthread> clients_;
};

/// Renews until the work is done or the lease is lost.
void beat(poolguard::Engine& engine, Renew renew, const Lease& lease, Figures& figures, const std::stop_token& stop) noexcept {
  auto end = Clock::now() + kLease;
  while (pause(kBeatEvery, stop)) {
    ++figures.sent;
    const auto sent = Clock::now();
    try {
      if (!renew(engine, lease)) {
        ++figures.lost;
        return;
      }
      if (Clock::now() < end) ++figures.landed;
      else ++figures.late;
      end = sent + kLease;
    } catch (const std::exception&) {
      ++figures.failed;  // no answer within the limit: that is the incident
    }
  }
}

void work_on(poolguard::Engine& engine, Renew renew, const Lease& lease, Figures& figures) noexcept try {
  figures.ran(lease.id, "A");
  {
    const std::jthread heart([&](const std::stop_token& stop) { beat(engine, renew, lease, figures, stop); });
    std::this_thread::sleep_for(kWork);  // the job's own work, which has nothing to do with the database
  }
  if (engine.execute_direct(kComplete, {lease.id, lease.epoch}).affected_rows() == 0) ++figures.rejected;
} catch (const std::exception& error) {
  std::cerr << "worker A failed on job " << lease.id << ": " << error.what() << '\n';
}

/// Worker A: takes every job at once and works on them for longer than a lease.
void worker_a(poolguard::Engine& engine, Renew renew, Figures& figures, std::latch& all_taken) {
  std::vector<std::jthread> handlers;
  try {
    while (const auto lease = claim(engine, "A")) {
      handlers.emplace_back([&engine, renew, lease = *lease, &figures] { work_on(engine, renew, lease, figures); });
    }
  } catch (...) {
    all_taken.count_down();  // or B would wait for ever
    throw;
  }
  all_taken.count_down();
}

/// Worker B: takes what has expired, and is quick.
void worker_b(poolguard::Engine& engine, Figures& figures, const std::stop_token& stop) {
  while (pause(100ms, stop)) {
    if (const auto lease = claim(engine, "B")) {
      figures.ran(lease->id, "B");
      engine.execute_direct(kComplete, {lease->id, lease->epoch});
    }
  }
}

void print(const Figures& figures) {
  std::cout << fmt::format("  {:<34}{:>5}\n", "beats sent", figures.sent.load())
            << fmt::format("  {:<34}{:>5}\n", "  landed in time", figures.landed.load())
            << fmt::format("  {:<34}{:>5}\n", "  landed after the lease's end", figures.late.load())
            << fmt::format("  {:<34}{:>5}\n", "  gave up waiting in line", figures.failed.load())
            << fmt::format("  {:<34}{:>5}\n", "  came back: lease lost", figures.lost.load())
            << fmt::format("  {:<34}{:>5}\n", "results refused by the fence", figures.rejected.load());
  for (const auto& [job, who] : figures.runs) {
    std::cout << fmt::format("  {:<34}{:>5}  by {}\n", fmt::format("runs of job {}", job), who.size(), fmt::join(who, ", "));
  }
}

incident::Outcome judged(const Figures& figures) {
  const auto twice = std::ranges::count_if(figures.runs, [](const auto& runs) { return runs.second.size() > 1; });
  const int missed = figures.sent - figures.landed;
  const bool enough = figures.sent >= kJobs * static_cast<int>(kWork / kBeatEvery) / 2;
  return {.broke = twice > 0 && missed > 0,
          .works = twice == 0 && missed == 0 && figures.rejected == 0 && figures.runs.size() == kJobs && enough,
          .seen = fmt::format("{} of {} beats missed their lease, {} of {} jobs ran twice", missed, figures.sent.load(), twice,
                              kJobs)};
}

poolguard::ConnectionOptions through(const incident::PgBouncerProcess& pooler, const incident::Database& database) {
  poolguard::ConnectionOptions options;
  options.url = pooler.url();
  options.direct_url = database.url();
  return options;
}

}  // namespace

incident::Outcome stage(Renew renew) {
  const incident::Database database{std::string(kCreate)};
  const incident::PgBouncerProcess pooler(database.cluster(), {.pool_size = kServerConnections, .settings = {}});
  poolguard::PostgresEngine app(through(pooler, database));
  poolguard::PostgresEngine second_worker(through(pooler, database));
  poolguard::ConnectionOptions others = through(pooler, database);
  others.transaction_pool_size = kLoadClients;
  poolguard::PostgresEngine neighbours(others);

  app.execute_direct(kFill, {kJobs});
  std::cout << fmt::format("{} jobs of {} ms, a lease of {} ms renewed every {} ms; {} neighbours share a transaction pool of {}\n",
                           kJobs, kWork.count(), kLease.count(), kBeatEvery.count(), kLoadClients, kServerConnections)
            << std::flush;
  Figures figures;
  std::latch all_taken(1);
  {
    const Load load(neighbours);
    const std::jthread b([&](const std::stop_token& stop) {
      try {
        all_taken.wait();  // so that B gets a job only from a lease that ran out
        worker_b(second_worker, figures, stop);
      } catch (const std::exception& error) {
        std::cerr << "worker B failed: " << error.what() << '\n';
      }
    });
    worker_a(app, renew, figures, all_taken);
  }
  print(figures);
  return judged(figures);
}
