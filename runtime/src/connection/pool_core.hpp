/// The lane-less inside of a connection pool.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "connection/pg_connection.hpp"
#include "poolguard/connection_pool.hpp"
#include "poolguard/execute_options.hpp"

namespace poolguard::detail {

struct PoolSettings {
  std::string name;  ///< for messages: "transaction", "session"
  std::size_t size = 1;
  std::chrono::milliseconds acquire_timeout{5000};
  std::size_t max_waiting = 1000;
};

/// Thread-safe. Never connects, pings or closes with its mutex held.
class PoolCore : public std::enable_shared_from_this<PoolCore> {
 public:
  using Connect = std::function<std::unique_ptr<PgConnection>()>;

  PoolCore(PoolSettings settings, Connect connect);

  [[nodiscard]] Loan acquire(const ExecuteOptions& options);
  /// Takes a connection that was made elsewhere (the one that proved that the lane works). Closes it if there is no room.
  void adopt(std::unique_ptr<PgConnection> connection);
  void give_back(std::unique_ptr<PgConnection> connection) noexcept;
  [[nodiscard]] PoolStats stats() const;
  /// Refuses new loans, waits for those that are out until `deadline`, then cuts their connections. Idempotent.
  PoolShutdown shutdown(std::chrono::steady_clock::time_point deadline);

 private:
  using Clock = std::chrono::steady_clock;

  /// A place in the queue; a slot in `open_` is reserved when it returns. Empty result: make a new connection.
  std::unique_ptr<PgConnection> wait_for_slot(Clock::time_point deadline, const ExecuteOptions& options);
  [[nodiscard]] std::unique_ptr<PgConnection> checked_or_new(std::unique_ptr<PgConnection> connection);
  void free_slot() noexcept;
  [[nodiscard]] std::string state_text() const;

  const PoolSettings settings_;
  const Connect connect_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<std::unique_ptr<PgConnection>> idle_;
  std::unordered_set<const PgConnection*> lent_;
  std::deque<std::size_t> queue_;  // tickets, first come first served
  std::size_t next_ticket_ = 0;
  std::size_t open_ = 0;
  bool closed_ = false;
};

}  // namespace poolguard::detail
