#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "poolguard/engine.hpp"
#include "poolguard/events.hpp"

namespace poolguard {

/// How to reach PGLite's socket server. Plain data.
struct PgliteOptions {
  /// URL or keyword form. What it leaves out is as `pglite-server` has it: 127.0.0.1, port 5432, user and database `postgres`, no TLS, no
  /// GSSAPI.
  std::string url;
  /// How long a call waits for the connection if its caller sets no timeout.
  std::chrono::milliseconds acquire_timeout{5000};
  /// A transaction that holds the connection for longer is ended: the connection is cut, the server rolls back. Keep it below
  /// WorkerOptions::renew_timeout, so that a beat which waits behind a handler's transaction gets through. 0: no limit.
  std::chrono::milliseconds transaction_limit{3000};
  /// How long to wait until PGLite has room for the connection, and then for its answers; libpq counts in whole seconds, 2 at least.
  std::chrono::milliseconds connect_timeout{10000};
  std::string application_name = "poolguard";
  EventSink events = stderr_sink();

  /// `url` from POOLGUARD_PGLITE_URL, POOLGUARD_ACQUIRE_TIMEOUT_MS over the defaults. Throws ConfigError naming the variable.
  /// `lookup` is for tests.
  [[nodiscard]] static PgliteOptions from_environment(
      const std::function<std::optional<std::string>(const std::string&)>& lookup = {});
};

/// PGLite (Postgres in WebAssembly, one backend) over its socket server, `pglite-server` of npm's `@electric-sql/pglite-socket`, which
/// takes one connection at a time. So there is one lane: execute() and execute_direct() share the connection, and one process uses the
/// database at a time. Thread-safe; made for development, tests and small tools.
///
///  - A call waits while another one, or a transaction, has the connection. execute_direct(), by which leases are claimed and renewed,
///    goes before every execute() and transaction() that waits (but one of those has its turn after each), and no transaction keeps the connection longer than
///    PgliteOptions::transaction_limit (StatementTimeoutError, rolled back). A single statement can't be interrupted there: at its
///    timeout its caller gets a StatementTimeoutError in doubt, if it was sent, and everybody waits until PGLite has ended it.
///  - A call of this engine inside its own open transaction throws SelfDeadlockError at once: use the transaction's engine.
///  - listen() gives nothing: workers look for new jobs by themselves.
///  - TransactionEngine::copy_in() inserts, as the socket server can't COPY.
class PgliteEngine final : public Engine {
 public:
  /// Reads the options; connects to nothing. Throws ConfigError.
  explicit PgliteEngine(PgliteOptions options);
  ~PgliteEngine() override;

  Result execute(std::string_view sql, const Params& params = {}, const ExecuteOptions& options = {}) override;

  POOLGUARD_EXECUTES("session", 0)
  Result execute_direct(std::string_view sql, const Params& params = {}, const ExecuteOptions& options = {}) override;

  void transaction(const std::function<void(TransactionEngine&)>& work, const ExecuteOptions& options = {}) override;

  /// Connects if need be. Throws LaneUnavailableError if PGLite can't be reached or another program has its connection, ConfigError if
  /// what answers is not PGLite.
  void require_session_lane() override;
  [[nodiscard]] Health health(std::chrono::milliseconds timeout = std::chrono::milliseconds{2000}) override;
  [[nodiscard]] std::string describe() const override;

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace poolguard
