/// One connection to a server, with client-side timeouts. Knows nothing of pools and lanes.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connection/prepared_statements.hpp"
#include "connection/watchdog.hpp"
#include "poolguard/annotations.hpp"
#include "poolguard/connection_url.hpp"
#include "poolguard/execute_options.hpp"
#include "poolguard/result.hpp"
#include "pqxx_adapter.hpp"

namespace poolguard::detail {

class PgListener;
class PgTransaction;

/// What answers a connection.
enum class ServerKind {
  postgres,
  /// PGLite's socket server: it drops cancel requests, so a statement that must end is cut off at once, in doubt; and a COPY FROM STDIN
  /// ends the connection and leaves the server deaf, so rows are inserted.
  pglite,
};

/// Used by one thread at a time, except for cut().
class PgConnection {
 public:
  /// Connects. `watchdog` must outlive the connection. Throws ConnectError with a redacted text.
  PgConnection(const ConnectionUrl& url, Watchdog& watchdog, ServerKind kind = ServerKind::postgres);
  ~PgConnection();
  PgConnection(const PgConnection&) = delete;
  PgConnection& operator=(const PgConnection&) = delete;

  /// Runs one statement in its own transaction.
  POOLGUARD_EXECUTES("connection", 0)
  Result execute(std::string_view sql, const Params& params, const ExecuteOptions& options);

  /// False after a lost or cut connection, and after anything else that makes it unfit for another user.
  [[nodiscard]] bool reusable() const;
  /// Must not go back to a pool: its session has state that the next user must not find.
  void retire() noexcept { retired_ = true; }
  /// Asks the operating system, without a round trip, whether the other side has hung up.
  [[nodiscard]] bool peer_has_spoken() const;

  /// The process id that the handshake named: a pooler makes one up.
  [[nodiscard]] int handshake_pid() const;
  /// Shuts the socket, from any thread: whoever waits in a statement gets a ConnectionError.
  void cut() const noexcept;

 private:
  friend class PgListener;
  friend class PgTransaction;

  /// Called before each message of a call that may send several: throws if nothing more may be sent.
  using BeforeSend = std::function<void()>;

  Result run(std::string_view sql, const Params& params, const BeforeSend& before_send);
  /// One that comes again is prepared. Empty: it has not been run, and must be as it is.
  std::optional<Result> run_prepared(std::string_view sql, const Params& params, const BeforeSend& before_send);
  /// No pooler is in between, so what is prepared is there when it is run.
  bool reaches_its_own_server();
  /// Runs `statement` under the watchdog and gives its errors their types. Sends nothing if the time is over, or a stop requested, before.
  void watched(std::string_view sql, const ExecuteOptions& options, const std::function<void()>& statement);

  // Shared with a cancel request that hangs.
  std::shared_ptr<pqxx::connection> connection_;
  Watchdog& watchdog_;
  const ServerKind kind_;
  // A duplicate, so that cut() can't hit another file that took the number after libpq closed its own.
  std::shared_ptr<const int> socket_;
  bool retired_ = false;
  PreparedStatements statements_;
  std::optional<bool> own_server_;
};

/// An open transaction on a connection; rolls back unless committed. Same thread rules; must not outlive the connection.
class POOLGUARD_LANE("tx") PgTransaction {
 public:
  explicit PgTransaction(PgConnection& connection);

  POOLGUARD_EXECUTES("tx", 0)
  Result execute(std::string_view sql, const Params& params, const ExecuteOptions& options);
  POOLGUARD_EXECUTES("tx", 0)
  void copy_in(std::string_view sql, const std::vector<Params>& rows, const ExecuteOptions& options);
  void commit(const ExecuteOptions& options);

 private:
  PgConnection& connection_;
  std::unique_ptr<pqxx::work> work_;
};

}  // namespace poolguard::detail
