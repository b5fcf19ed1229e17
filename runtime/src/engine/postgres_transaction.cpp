#include "engine/postgres_transaction.hpp"

#include <fmt/format.h>

#include "poolguard/errors.hpp"

namespace poolguard::detail {

Result PostgresTransaction::execute(std::string_view sql, const Params& params, const ExecuteOptions& options) {
  try {
    return transaction_.execute(sql, params, options);
  } catch (...) {
    failed_ = true;
    throw;
  }
}

void PostgresTransaction::transaction(const std::function<void(TransactionEngine&)>& work, const ExecuteOptions& options) {
  const std::string name = fmt::format("poolguard_{}", ++savepoints_);
  const bool before = failed_;  // by a statement that was never sent the server's transaction has not failed
  execute("SAVEPOINT " + name, {}, options);
  try {
    work(*this);
  } catch (...) {
    failed_ = true;  // unless it can be undone
    transaction_.execute("ROLLBACK TO SAVEPOINT " + name, {}, options);
    failed_ = before;
    throw;
  }
  execute("RELEASE SAVEPOINT " + name, {}, options);
}

void PostgresTransaction::copy_in(std::string_view sql, const std::vector<Params>& rows, const ExecuteOptions& options) {
  try {
    transaction_.copy_in(sql, rows, options);
  } catch (...) {
    failed_ = true;
    throw;
  }
}

void PostgresTransaction::commit(const ExecuteOptions& options) {
  if (failed_) {
    throw SqlError("a statement of this transaction failed and its error was caught, so nothing can be committed; it is rolled back. "
                   "Put what may fail in a nested transaction()",
                   "25P02", "COMMIT");
  }
  transaction_.commit(options);
}

std::string PostgresTransaction::describe() const { return "an open transaction"; }

}  // namespace poolguard::detail
