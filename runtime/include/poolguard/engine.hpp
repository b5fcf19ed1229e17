/// The one interface that the queue speaks to a database through: two lanes and transactions.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "poolguard/annotations.hpp"
#include "poolguard/execute_options.hpp"
#include "poolguard/health.hpp"
#include "poolguard/listener.hpp"
#include "poolguard/result.hpp"

namespace poolguard {

class TransactionEngine;

/// Thread-safe (a TransactionEngine is not). Calls throw SqlError, ConnectionError and its kin, StatementTimeoutError and
/// StatementCancelledError; nothing is retried.
class Engine {
 public:
  Engine() = default;
  virtual ~Engine() = default;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Runs one statement in its own transaction, on the transaction lane.
  POOLGUARD_EXECUTES_OR("transaction", 0, "execute_direct")
  virtual Result execute(std::string_view sql, const Params& params = {}, const ExecuteOptions& options = {}) = 0;

  /// The same contract on the session lane. Where an engine has one lane only, the same call.
  POOLGUARD_EXECUTES("session", 0)
  virtual Result execute_direct(std::string_view sql, const Params& params = {}, const ExecuteOptions& options = {}) = 0;

  /// Calls `work` with the engine of an open transaction (read committed) on the transaction lane. Commits when it returns;
  /// rolls back and passes on what it throws. `options` bounds the wait for a connection and the commit, each; statements inside
  /// have their own. Throws InDoubtError if the connection is lost during the commit.
  POOLGUARD_RUNS_IN_TRANSACTION(0, "transaction")
  virtual void transaction(const std::function<void(TransactionEngine&)>& work, const ExecuteOptions& options = {}) = 0;

  /// Makes sure that the session lane works, opening it if need be, and that the pools fit into what the server allows. Throws
  /// LaneUnavailableError, LaneBudgetError.
  virtual void require_session_lane() = 0;

  /// Starts to LISTEN to `channel`, on a session of its own that is taken from no pool. Empty where that can't be: the engine has one
  /// lane only, or its session lane is degraded; the caller looks by itself then. Throws LaneUnavailableError, ConnectError.
  [[nodiscard]] virtual std::unique_ptr<Listener> listen(std::string_view channel, const ExecuteOptions& options = {});

  /// Asks both lanes, within about `timeout` each. Never throws for a lane that doesn't work: says so, and whether the pool or the
  /// server is the trouble.
  [[nodiscard]] virtual Health health(std::chrono::milliseconds timeout = std::chrono::milliseconds{2000});

  /// Some lines for a human, without secrets.
  [[nodiscard]] virtual std::string describe() const = 0;
};

/// The engine of an open transaction: both calls run on that transaction's connection. Used by one thread at a time; valid
/// until the callable that was given it returns. After a failed statement only a rollback is possible, as Postgres has it.
class TransactionEngine : public Engine {
 public:
  POOLGUARD_EXECUTES("tx", 0)
  Result execute(std::string_view sql, const Params& params = {}, const ExecuteOptions& options = {}) override = 0;

  POOLGUARD_EXECUTES("tx", 0)
  Result execute_direct(std::string_view sql, const Params& params = {}, const ExecuteOptions& options = {}) final {
    return execute(sql, params, options);
  }

  /// A savepoint: what `work` did is undone if it throws, the outer transaction goes on if the caller catches. `options` bounds each
  /// of its own statements; if one fails, the undoing among them, the outer transaction can only be rolled back.
  POOLGUARD_RUNS_IN_TRANSACTION(0, "tx")
  void transaction(const std::function<void(TransactionEngine&)>& work, const ExecuteOptions& options = {}) override = 0;

  /// Appends rows by `sql`, which has the form `COPY table (column, …) FROM STDIN`. Each row has a value for each column. Throws
  /// std::invalid_argument for another statement.
  POOLGUARD_EXECUTES("tx", 0)
  virtual void copy_in(std::string_view sql, const std::vector<Params>& rows, const ExecuteOptions& options = {}) = 0;

  void require_session_lane() override {}
};

}  // namespace poolguard
