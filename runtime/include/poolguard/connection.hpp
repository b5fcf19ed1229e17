/// A connection on loan from a pool. The lane is part of the type: what needs a session does not compile on the
/// transaction lane.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "poolguard/annotations.hpp"
#include "poolguard/execute_options.hpp"
#include "poolguard/lane.hpp"
#include "poolguard/result.hpp"

namespace poolguard {

namespace detail {
class PgConnection;
class PoolCore;

/// The loan: gives the connection back to its pool when it ends, or closes it if it is unfit for another user.
class Loan {
 public:
  Loan(std::shared_ptr<PoolCore> pool, std::unique_ptr<PgConnection> connection);
  ~Loan();
  Loan(Loan&&) noexcept;
  Loan& operator=(Loan&&) = delete;

  [[nodiscard]] PgConnection& connection() const noexcept { return *connection_; }

 private:
  std::shared_ptr<PoolCore> pool_;
  std::unique_ptr<PgConnection> connection_;
};
}  // namespace detail

/// A connection that is held until the handle ends. Move-only; used by one thread at a time; may outlive its pool.
/// Statements throw SqlError, ConnectionError, StatementTimeoutError, StatementCancelledError.
template <Lane L>
class Connection;

/// Each statement (and each transaction) may run on another server connection: there is no session to keep state in.
template <>
class POOLGUARD_LANE("transaction") Connection<Lane::transaction> {
 public:
  explicit Connection(detail::Loan loan) : loan_(std::move(loan)) {}

  /// Runs one statement in its own transaction.
  POOLGUARD_EXECUTES("transaction", 0)
  Result execute(std::string_view sql, const Params& params = {}, const ExecuteOptions& options = {});

  [[nodiscard]] detail::PgConnection& raw() const noexcept { return loan_.connection(); }

 private:
  detail::Loan loan_;
};

/// One server connection for as long as the handle lives.
template <>
class POOLGUARD_LANE("session") Connection<Lane::session> {
 public:
  explicit Connection(detail::Loan loan) : loan_(std::move(loan)) {}

  /// Runs one statement in its own transaction.
  POOLGUARD_EXECUTES("session", 0)
  Result execute(std::string_view sql, const Params& params = {}, const ExecuteOptions& options = {});

  /// Sets a server parameter for the session. The connection is closed, not reused, when the handle ends.
  void set_parameter(std::string_view name, std::string_view value, const ExecuteOptions& options = {});
  /// Tries to take the session-level advisory lock `key`; held until advisory_unlock() or the end of the handle, which
  /// closes the connection.
  [[nodiscard]] POOLGUARD_TRY_LOCK bool try_advisory_lock(std::int64_t key, const ExecuteOptions& options = {});
  /// Returns false if this session didn't hold the lock.
  bool advisory_unlock(std::int64_t key, const ExecuteOptions& options = {});

  [[nodiscard]] detail::PgConnection& raw() const noexcept { return loan_.connection(); }

 private:
  detail::Loan loan_;
};

}  // namespace poolguard
