#pragma once

#include <chrono>
#include <optional>
#include <stop_token>

namespace poolguard {

/// Limits for one call to the server. They hold on both lanes: the runtime cancels from the client's side (PQcancel from a
/// watchdog thread), because a `SET statement_timeout` doesn't survive a transaction-mode pool.
struct ExecuteOptions {
  /// Bounds the whole call: the wait for a connection and the statement. Unset: the pool's acquire timeout bounds the wait,
  /// nothing bounds the statement. Throws StatementTimeoutError (or PoolTimeoutError, while it waits for a connection). To connect may
  /// take longer; if the time is over then, nothing is sent.
  std::optional<std::chrono::milliseconds> timeout;
  /// A stop request cancels the call, which then throws StatementCancelledError.
  std::stop_token stop;
  /// The call renews leases: on the session lane it waits behind no other call, and has a connection that is kept for it
  /// (ConnectionOptions::session_pool_size).
  bool renews = false;
};

}  // namespace poolguard
