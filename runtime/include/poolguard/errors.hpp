/// The errors the runtime throws. Every one derives from poolguard::Error.
///
/// A message says what is wrong, what follows from it and what to do. Connection strings in a message are redacted.
#pragma once

#include <chrono>
#include <stdexcept>
#include <string>

namespace poolguard {

/// Base of all errors of the runtime.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;

  /// True if the cause is the way to the server (network, pool, server going down) and not the statement or the job.
  /// A job that fails with such an error has not used up an attempt.
  [[nodiscard]] virtual bool infrastructure() const noexcept { return false; }
};

/// A connection string, an environment variable or an option that can't be used. Names the input (redacted) and the remedy.
class ConfigError : public Error {
 public:
  using Error::Error;
};

/// No connection could be made, or an open one was lost.
class ConnectionError : public Error {
 public:
  using Error::Error;
  [[nodiscard]] bool infrastructure() const noexcept override { return true; }
};

/// No connection could be made: nothing was sent.
class ConnectError : public ConnectionError {
 public:
  using ConnectionError::ConnectionError;
};

/// The session lane can't be had: switched off, not configured, or not reachable.
class LaneUnavailableError : public ConnectionError {
 public:
  using ConnectionError::ConnectionError;
};

/// No connection of a pool came free in time.
class PoolTimeoutError : public ConnectionError {
 public:
  using ConnectionError::ConnectionError;
};

/// As many callers wait for a connection of the pool as may: this one was refused at once.
class PoolQueueFullError : public PoolTimeoutError {
 public:
  using PoolTimeoutError::PoolTimeoutError;
};

/// The pool has been shut down.
class PoolClosedError : public ConnectionError {
 public:
  using ConnectionError::ConnectionError;
};

/// The call would wait for a connection that its own thread holds, in an open transaction: it would never come free. Use that
/// transaction's engine, or make the call after it.
class SelfDeadlockError : public Error {
 public:
  using Error::Error;
};

/// The pools of all processes don't fit into what the server allows.
class LaneBudgetError : public Error {
 public:
  using Error::Error;
};

/// The server refused or failed a statement.
class SqlError : public Error {
 public:
  /// `sqlstate`: five characters, or empty where the client library doesn't tell.
  SqlError(const std::string& message, std::string sqlstate, std::string statement);

  [[nodiscard]] const std::string& sqlstate() const noexcept { return sqlstate_; }
  [[nodiscard]] const std::string& statement() const noexcept { return statement_; }
  /// True for SQLSTATE classes 08, 53, 57P and 58: the server's trouble, not the statement's.
  [[nodiscard]] bool infrastructure() const noexcept override;

 private:
  std::string sqlstate_;
  std::string statement_;
};

/// The statement did not end within its timeout and was cancelled, or was never sent because the time was over before. Whether its
/// effect took place is known: it did not, unless `in_doubt()`.
class StatementTimeoutError : public ConnectionError {
 public:
  StatementTimeoutError(const std::string& message, std::chrono::milliseconds timeout, bool in_doubt);

  [[nodiscard]] std::chrono::milliseconds timeout() const noexcept { return timeout_; }
  /// True if the server did not confirm the cancel, so the connection was cut: the effect may or may not have taken place.
  [[nodiscard]] bool in_doubt() const noexcept { return in_doubt_; }

 private:
  std::chrono::milliseconds timeout_;
  bool in_doubt_;
};

/// The statement was cancelled through its stop token.
class StatementCancelledError : public Error {
 public:
  StatementCancelledError(const std::string& message, bool in_doubt) : Error(message), in_doubt_(in_doubt) {}
  [[nodiscard]] bool in_doubt() const noexcept { return in_doubt_; }

 private:
  bool in_doubt_;
};

/// The connection was lost while a transaction was being committed: it may or may not have taken place. Never retry blindly.
class InDoubtError : public ConnectionError {
 public:
  using ConnectionError::ConnectionError;
};

/// A result that is not what the caller asked for: no such column, NULL where a value is needed, not a number.
class ResultError : public Error {
 public:
  using Error::Error;
};

/// Another job has the idempotency key by now.
class KeyTakenError : public Error {
 public:
  using Error::Error;
};

/// A job's payload or result that is not JSON (as Postgres' jsonb understands it), or is too large.
class PayloadError : public Error {
 public:
  using Error::Error;
};

/// As many jobs of this name wait as its quota allows; nothing was added.
class QuotaError : public Error {
 public:
  using Error::Error;
};

/// The database's Poolguard schema is missing, or newer than this program.
class SchemaError : public Error {
 public:
  using Error::Error;
};

/// A private server (embedded engine, or a test's cluster) could not be made or started.
class ServerStartError : public Error {
 public:
  using Error::Error;
};

}  // namespace poolguard
