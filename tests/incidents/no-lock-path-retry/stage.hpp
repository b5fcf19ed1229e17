#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "incidents/support/cutting_proxy.hpp"
#include "incidents/support/jobs.hpp"

using namespace std::chrono_literals;

/// Three attempts, two seconds and four apart: the service's usual helper.
POOLGUARD_RUNS_IN_RETRY(0, 3)
inline void with_retry(const std::function<void()>& work) {
  for (int attempt = 1;; ++attempt) {
    try {
      work();
      return;
    } catch (const pqxx::failure&) {
      if (attempt == 3) throw;
      std::this_thread::sleep_for(attempt * 2s);
    }
  }
}

/// Four seconds more, if the lease is still held.
POOLGUARD_LOCK_PATH
inline void renew(const std::string& dsn, const incident::Lease& lease) {
  pqxx::connection connection(dsn);
  pqxx::nontransaction autocommit(connection);
  const pqxx::result renewed =
      autocommit.exec("UPDATE jobs SET lock_until = clock_timestamp() + interval '4 seconds' WHERE " + incident::held(lease));
  if (renewed.affected_rows() == 0) throw std::runtime_error("the lease is lost");
}

/// Calls `tick` until it throws or is stopped.
class Every {
 public:
  Every(std::chrono::milliseconds period, std::function<void()> tick) {
    thread_ = std::jthread([this, period, tick = std::move(tick)](const std::stop_token& stop) {
      std::unique_lock lock(mutex_);
      while (!stopped_.wait_for(lock, stop, period, [&] { return stop.stop_requested(); })) {
        try {
          tick();
        } catch (const std::exception&) {
          return;
        }
      }
    });
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any stopped_;
  std::jthread thread_;
};

/// Worker A works for six seconds with a lease of four, renewed every 400 ms; two attempts to connect fail. Worker B takes
/// what expires.
inline incident::Outcome stage(void (*beat)(const std::string& dsn, const incident::Lease&)) {
  const incident::Database database(incident::jobs_table(1));
  incident::CuttingProxy proxy(database.cluster().port());
  pqxx::connection connection(database.url());
  const incident::Lease a = incident::claim(connection, "A", 4000).value();
  proxy.refuse_next(2);
  const Every heart(400ms, [&] { beat(proxy.url(), a); });
  const auto end = std::chrono::steady_clock::now() + 6s;
  bool twice = false;
  while (!twice && std::chrono::steady_clock::now() < end) {
    twice = incident::claim(connection, "B", 60'000).has_value();
    std::this_thread::sleep_for(20ms);  // how often B looks
  }
  return {.broke = twice,
          .works = !twice && database.number("SELECT lock_epoch FROM jobs") == 1,
          .seen = fmt::format("two failed attempts; the job was run {}", twice ? "twice" : "once")};
}
