/// Two lanes to one database: a transaction pool and a session pool.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "poolguard/annotations.hpp"
#include "poolguard/connection_pool.hpp"
#include "poolguard/connection_url.hpp"
#include "poolguard/events.hpp"
#include "poolguard/health.hpp"
#include "poolguard/lane_budget.hpp"

namespace poolguard {

/// What to do when the session lane can't be had.
enum class SessionLanePolicy {
  refuse,   ///< LaneUnavailableError: a worker does not start
  /// The session pool connects where the transaction pool does: at the start, or when its server is lost later. Said as event
  /// `lane.degraded` and in describe(). It tries to get the lane back, and says so as `lane.recovered`.
  degrade,
};

/// What to do if the pools of all processes can't fit into what the server allows.
enum class BudgetPolicy {
  warn,    ///< event `lane.budget`
  refuse,  ///< LaneBudgetError: a worker does not start
  off,     ///< the server isn't asked
};

/// How a manager connects. Plain data; see from_environment().
struct ConnectionOptions {
  /// The primary connection string, URL or keyword form. May go through a transaction-mode pooler.
  std::string url;
  /// The session lane's connection string. Always honoured, whatever `url` looks like; only one that still points at
  /// Supabase's transaction pooler is corrected. Unset: derived from a Supabase-shaped `url`, otherwise `url` itself.
  std::optional<std::string> direct_url;
  /// The kill switch: no session pool.
  bool disable_direct_pool = false;
  SessionLanePolicy session_lane = SessionLanePolicy::refuse;

  std::size_t transaction_pool_size = 10;
  /// One of them is kept for the renewals of leases, which handlers and claims can't keep away so; of a pool of one, renewals are only
  /// the next to have it.
  std::size_t session_pool_size = 3;
  /// How long acquire() waits if its caller sets no timeout.
  std::chrono::milliseconds acquire_timeout{5000};
  /// How many callers may wait for one pool; the next one is refused.
  std::size_t max_waiting = 1000;
  /// A connection that is older is closed instead of handed out or taken back; up to a fifth earlier, at random, so that those that
  /// were made together don't end together. 0: no limit.
  std::chrono::milliseconds max_lifetime{std::chrono::minutes{30}};
  /// A connection that was idle for longer is asked whether it still works before it is handed out; 0: none is.
  std::chrono::milliseconds validate_after{30000};
  /// While degraded: between two attempts to get the session lane back.
  std::chrono::milliseconds session_retry{30000};
  /// How many processes like this one share the server.
  std::size_t processes = 1;
  BudgetPolicy budget = BudgetPolicy::warn;
  /// For one attempt to connect to one host; libpq counts in whole seconds, 2 at least.
  std::chrono::milliseconds connect_timeout{10000};
  /// How long the server has to confirm a cancel before the connection is cut.
  std::chrono::milliseconds cancel_grace{2000};
  std::string application_name = "poolguard";
  EventSink events = stderr_sink();

  /// POOLGUARD_DATABASE_URL, POOLGUARD_DIRECT_DATABASE_URL, POOLGUARD_DISABLE_DIRECT_POOL (1/true/yes/on or 0/false/no/off),
  /// POOLGUARD_TRANSACTION_POOL_SIZE, POOLGUARD_SESSION_POOL_SIZE, POOLGUARD_ACQUIRE_TIMEOUT_MS, POOLGUARD_PROCESSES over the
  /// defaults. Throws ConfigError naming the variable. `lookup` is for tests.
  [[nodiscard]] static ConnectionOptions from_environment(
      const std::function<std::optional<std::string>(const std::string&)>& lookup = {});
};

/// Where the session lane's connection string came from.
enum class SessionSource {
  explicit_url,  ///< `direct_url`, as given
  corrected,     ///< `direct_url` pointed at Supabase's transaction pooler; its direct host is used
  derived,       ///< from a Supabase-shaped `url`
  session_pooler,  ///< the direct host could not be reached: Supabase's pooler in session mode
  same_url,      ///< `url` itself: verified at the first connection not to be a pooler
  disabled,      ///< the kill switch
  degraded,      ///< the session lane could not be had, and the policy is to degrade
};

[[nodiscard]] std::string_view to_string(SessionSource source) noexcept;

/// A picture of the manager without secrets.
struct Description {
  std::string transaction_url;  ///< redacted
  std::string session_url;      ///< redacted; empty if disabled
  SessionSource session_source = SessionSource::same_url;
  bool session_open = false;
  bool inherited = false;  ///< the pools belong to a parent
  PoolStats transaction;
  PoolStats session;
  std::size_t dedicated_sessions = 0;  ///< open beside the session pool, for listeners

  /// Some lines for a human.
  [[nodiscard]] std::string text() const;
};

struct ManagerShutdown {
  PoolShutdown transaction;
  PoolShutdown session;  ///< dedicated ones included
};

/// Owns the two pools. Thread-safe. Pools and loans stay valid after the manager's end, but refuse new loans.
class ConnectionManager {
 public:
  /// Reads and checks the options; connects to nothing. Throws ConfigError.
  explicit ConnectionManager(ConnectionOptions options);
  /// Shuts down at once if it owns the pools and shutdown() was not called.
  ~ConnectionManager();
  ConnectionManager(const ConnectionManager&) = delete;
  ConnectionManager& operator=(const ConnectionManager&) = delete;

  [[nodiscard]] POOLGUARD_RETURNS_LANE("transaction") ConnectionPool<Lane::transaction>& transaction_pool();

  /// Opened by the first call, once: callers that come while it opens wait for the same result. Opening makes one connection
  /// and, where nobody has vouched for the URL (SessionSource::same_url), verifies that no pooler answers it. Throws
  /// LaneUnavailableError if the lane can't be had and the policy is to refuse; the next call tries again. A reference stays valid,
  /// but after `lane.degraded` or `lane.recovered` a new call gives the pool that is in use then.
  [[nodiscard]] POOLGUARD_RETURNS_LANE("session") ConnectionPool<Lane::session>& session_pool();

  /// A session of its own beside the session pool's, for what holds one for as long as it lives (LISTEN), so that claims and renewals
  /// keep theirs. Closed, not reused, when the handle ends; shutdown() cuts it. Opens the session lane if need be. Empty if that is
  /// degraded: a pooler's few connections are not to be held. Throws as session_pool() and ConnectionPool::acquire() do.
  [[nodiscard]] POOLGUARD_RETURNS_LANE("session") std::optional<Connection<Lane::session>> dedicated_session(
      const ExecuteOptions& options = {});

  /// Asks the server what it allows, and reckons what the pools of all processes need. Throws as the lanes do.
  [[nodiscard]] LaneBudget budget(const ExecuteOptions& options = {});
  /// Acts on that by the policy, once; for later calls, and if the server doesn't answer (event `lane.budget_unknown`), does nothing.
  /// Throws LaneBudgetError.
  void check_budget(const ExecuteOptions& options = {});

  /// A manager with the parent's pools, kill switch and policy, for a part of the program that must not make its own. Its end
  /// and its shutdown() leave the parent's pools alone.
  [[nodiscard]] std::shared_ptr<ConnectionManager> child() const;

  /// Runs `SELECT 1` on both lanes; where no connection comes free within `timeout`, on one that is made beside the pool for it. Never
  /// throws for a lane that doesn't work: says so.
  [[nodiscard]] Health health(std::chrono::milliseconds timeout = std::chrono::milliseconds{2000});
  [[nodiscard]] Description describe() const;
  /// Returns after `within` at the latest (plus a moment): no new loans; waits for those that are out; cuts the rest.
  ManagerShutdown shutdown(std::chrono::milliseconds within);

 private:
  struct Shared;
  ConnectionManager(std::shared_ptr<Shared> shared, bool inherited);
  [[nodiscard]] ConnectionUrl session_url() const;

  std::shared_ptr<Shared> shared_;
  bool inherited_ = false;
};

}  // namespace poolguard
