/// A bounded pool of connections on one lane.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <utility>

#include "poolguard/annotations.hpp"
#include "poolguard/connection.hpp"
#include "poolguard/execute_options.hpp"
#include "poolguard/lane.hpp"

namespace poolguard {

/// A snapshot of a pool.
struct PoolStats {
  std::size_t size = 0;     ///< the most connections it may have
  std::size_t open = 0;     ///< connections it has, or is making
  std::size_t in_use = 0;   ///< of those, on loan
  std::size_t waiting = 0;  ///< callers in its wait queue
};

/// What a bounded shutdown found.
struct PoolShutdown {
  std::size_t returned = 0;  ///< loans that came back in time
  std::size_t cut = 0;       ///< loans that did not: their connections were shut under them
};

/// Connections are made when they are needed, handed out first come first served, checked for a hung-up peer, and closed
/// instead of reused after an error that leaves their state unknown. Thread-safe; a loan may outlive its pool.
template <Lane L>
class ConnectionPool;

template <>
class POOLGUARD_LANE("transaction") ConnectionPool<Lane::transaction> {
 public:
  explicit ConnectionPool(std::shared_ptr<detail::PoolCore> core) : core_(std::move(core)) {}

  /// Borrows a connection. Waits at most `options.timeout` (unset: the pool's acquire timeout). Throws PoolTimeoutError if
  /// none came free, PoolQueueFullError if too many wait already, PoolClosedError after shutdown, StatementCancelledError on a stop request,
  /// ConnectionError if a new connection can't be made.
  [[nodiscard]] POOLGUARD_RETURNS_LANE("transaction") Connection<Lane::transaction> acquire(
      const ExecuteOptions& options = {});
  [[nodiscard]] PoolStats stats() const;

 private:
  std::shared_ptr<detail::PoolCore> core_;
};

template <>
class POOLGUARD_LANE("session") ConnectionPool<Lane::session> {
 public:
  explicit ConnectionPool(std::shared_ptr<detail::PoolCore> core) : core_(std::move(core)) {}

  /// As on the transaction lane. With `options.renews` before all others, and from what is kept for renewals.
  [[nodiscard]] POOLGUARD_RETURNS_LANE("session") Connection<Lane::session> acquire(const ExecuteOptions& options = {});
  [[nodiscard]] PoolStats stats() const;

 private:
  std::shared_ptr<detail::PoolCore> core_;
};

}  // namespace poolguard
