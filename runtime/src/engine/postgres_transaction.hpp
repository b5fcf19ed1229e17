#pragma once

#include "connection/pg_connection.hpp"
#include "poolguard/engine.hpp"

namespace poolguard::detail {

/// The engine of a transaction that is open on one libpqxx connection.
class PostgresTransaction final : public TransactionEngine {
 public:
  /// `connection` must outlive it.
  explicit PostgresTransaction(PgConnection& connection) : transaction_(connection) {}

  POOLGUARD_EXECUTES("tx", 0)
  Result execute(std::string_view sql, const Params& params = {}, const ExecuteOptions& options = {}) override;

  POOLGUARD_RUNS_IN_TRANSACTION(0, "tx")
  void transaction(const std::function<void(TransactionEngine&)>& work, const ExecuteOptions& options = {}) override;

  POOLGUARD_EXECUTES("tx", 0)
  void copy_in(std::string_view sql, const std::vector<Params>& rows, const ExecuteOptions& options = {}) override;

  [[nodiscard]] std::string describe() const override;

  /// Throws SqlError 25P02 if a statement failed: Postgres would roll back and answer as if all were well.
  void commit(const ExecuteOptions& options);

 private:
  PgTransaction transaction_;
  int savepoints_ = 0;
  bool failed_ = false;
};

}  // namespace poolguard::detail
