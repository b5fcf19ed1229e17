#include "connection/pg_connection.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fmt/format.h>

#include "connection/deadline.hpp"
#include "poolguard/errors.hpp"

namespace poolguard::detail {
namespace {

std::shared_ptr<const int> duplicate(int socket) {
  const int copy = ::fcntl(socket, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) throw ConnectionError("the process has no file descriptors left (raise `ulimit -n` or make the pools smaller)");
  return {new int(copy), [](const int* fd) {
            ::close(*fd);
            delete fd;
          }};
}

/// Throws what became of a statement that failed after the watchdog ended it; returns if it wasn't the watchdog.
void throw_if_ended(const WatchOutcome& outcome, bool server_confirmed, const ExecuteOptions& options) {
  if (outcome.reason == EndReason::none) return;
  const bool in_doubt = !server_confirmed;
  const std::string_view how = in_doubt ? "the server did not confirm the cancel, so the connection was given up and whether "
                                          "the statement took effect is not known"
                                        : "the server cancelled it and it took no effect";
  if (outcome.reason == EndReason::stop) {
    throw StatementCancelledError(fmt::format("the statement was stopped on request; {}", how), in_doubt);
  }
  const auto timeout = options.timeout.value_or(std::chrono::milliseconds{0});
  throw StatementTimeoutError(fmt::format("the statement did not end within {} ms; {}", timeout.count(), how), timeout, in_doubt);
}

/// A server ignores a cancel that comes before the statement, so what is sent too late may take effect.
void require_may_send(const Deadline& deadline, const ExecuteOptions& options) {
  if (options.stop.stop_requested()) {
    throw StatementCancelledError("the statement was stopped on request before it was sent", false);
  }
  deadline.require_time();
}

/// The statement has not begun: what was prepared is gone (somebody has sent DEALLOCATE), or gives other columns since a migration.
bool is_of_preparation(std::string_view sqlstate) { return sqlstate == "26000" || sqlstate == "0A000"; }

}  // namespace

PgConnection::PgConnection(const ConnectionUrl& url, Watchdog& watchdog, ServerKind kind) : watchdog_(watchdog), kind_(kind) {
  try {
    connection_ = pqxx_adapter::connect(url.secret_conninfo());
  } catch (const std::exception&) {
    try {
      pqxx_adapter::rethrow("");
    } catch (const Error& error) {
      throw ConnectError(fmt::format("can't connect to {}: {}", url.redacted(), error.what()));
    }
  }
  socket_ = duplicate(connection_->sock());
}

PgConnection::~PgConnection() = default;

Result PgConnection::execute(std::string_view sql, const Params& params, const ExecuteOptions& options) {
  const Deadline deadline(options);
  Result result;
  watched(sql, options, [&] { result = run(sql, params, [&] { require_may_send(deadline, options); }); });
  return result;
}

Result PgConnection::run(std::string_view sql, const Params& params, const BeforeSend& before_send) {
  if (std::optional<Result> result = run_prepared(sql, params, before_send)) return *std::move(result);
  before_send();
  pqxx::nontransaction transaction(*connection_);
  Result result = pqxx_adapter::run(transaction, sql, params);
  transaction.commit();
  return result;
}

std::optional<Result> PgConnection::run_prepared(std::string_view sql, const Params& params, const BeforeSend& before_send) {
  const PreparedStatements::Statement statement = statements_.use(sql);
  if (statement.step == PreparedStatements::Step::run || !reaches_its_own_server()) return std::nullopt;
  pqxx::nontransaction transaction(*connection_);
  if (statement.step == PreparedStatements::Step::prepare) {
    before_send();
    pqxx_adapter::prepare(*connection_, statement.name, sql);
    statements_.prepared(sql);
  }
  before_send();
  try {
    Result result = pqxx_adapter::run_prepared(transaction, statement.name, params);
    transaction.commit();
    return result;
  } catch (const pqxx::sql_error& error) {
    if (!is_of_preparation(error.sqlstate())) throw;
    statements_.refuse(sql);
    return std::nullopt;
  }
}

bool PgConnection::reaches_its_own_server() {
  if (kind_ != ServerKind::postgres) return false;
  if (!own_server_) {
    pqxx::nontransaction transaction(*connection_);
    own_server_ = pqxx_adapter::run(transaction, "SELECT pg_backend_pid() AS pid", {}).number(0, "pid") == handshake_pid();
  }
  return *own_server_;
}

void PgConnection::watched(std::string_view sql, const ExecuteOptions& options, const std::function<void()>& statement) {
  const Deadline deadline(options);
  require_may_send(deadline, options);
  if (!deadline.at() && !options.stop.stop_possible()) {
    try {
      return statement();
    } catch (const std::exception&) {
      pqxx_adapter::rethrow(sql);
    }
  }
  const auto cut = [socket = socket_] { ::shutdown(*socket, SHUT_RDWR); };
  WatchTarget target{.cancel = cut, .cut = cut};
  if (kind_ == ServerKind::postgres) target.cancel = [connection = connection_] { connection->cancel_query(); };
  const bool was_retired = retired_;
  const auto watch = watchdog_.watch(target, deadline.at(), options.stop);
  try {
    statement();
  } catch (const std::exception&) {
    const WatchOutcome outcome = watch->finish();
    if (outcome.reason != EndReason::none) retired_ = true;
    try {
      pqxx_adapter::rethrow(sql);
    } catch (const SqlError& error) {
      if (error.sqlstate() != "57014") throw;
      if (!outcome.cut && !outcome.abandoned) retired_ = was_retired;  // a clean cancel
      throw_if_ended(outcome, true, options);
      throw;
    } catch (const StatementTimeoutError&) {
      throw;  // of a message that was not sent any more
    } catch (const ConnectionError&) {
      throw_if_ended(outcome, false, options);
      throw;
    }
  }
  // The statement was quicker than its cancel, which may still be on its way: nobody else should meet it.
  if (watch->finish().reason != EndReason::none) retired_ = true;
}

bool PgConnection::reusable() const { return !retired_ && connection_->is_open(); }

bool PgConnection::peer_has_spoken() const {
  pollfd request{.fd = *socket_, .events = POLLIN, .revents = 0};
  return ::poll(&request, 1, 0) != 0;
}

int PgConnection::handshake_pid() const { return connection_->backendpid(); }

void PgConnection::cut() const noexcept { ::shutdown(*socket_, SHUT_RDWR); }

PgTransaction::PgTransaction(PgConnection& connection)
    : connection_(connection), work_(std::make_unique<pqxx::work>(*connection.connection_)) {}

Result PgTransaction::execute(std::string_view sql, const Params& params, const ExecuteOptions& options) {
  Result result;
  connection_.watched(sql, options, [&] { result = pqxx_adapter::run(*work_, sql, params); });
  return result;
}

void PgTransaction::copy_in(std::string_view sql, const std::vector<Params>& rows, const ExecuteOptions& options) {
  connection_.watched(sql, options, [&] {
    if (connection_.kind_ == ServerKind::pglite) pqxx_adapter::insert_rows(*work_, sql, rows);
    else pqxx_adapter::copy_in(*work_, sql, rows);
  });
}

void PgTransaction::commit(const ExecuteOptions& options) {
  connection_.watched("COMMIT", options, [&] { work_->commit(); });
}

}  // namespace poolguard::detail
