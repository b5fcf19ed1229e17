#include "engine/postgres_transaction.hpp"

#include <fmt/format.h>

namespace poolguard::detail {

Result PostgresTransaction::execute(std::string_view sql, const Params& params, const ExecuteOptions& options) {
  return transaction_.execute(sql, params, options);
}

Result PostgresTransaction::execute_direct(std::string_view sql, const Params& params, const ExecuteOptions& options) {
  return transaction_.execute(sql, params, options);
}

void PostgresTransaction::transaction(const std::function<void(TransactionEngine&)>& work, const ExecuteOptions& options) {
  const std::string name = fmt::format("poolguard_{}", ++savepoints_);
  transaction_.execute("SAVEPOINT " + name, {}, options);
  try {
    work(*this);
  } catch (...) {
    transaction_.execute("ROLLBACK TO SAVEPOINT " + name, {}, options);
    throw;
  }
  transaction_.execute("RELEASE SAVEPOINT " + name, {}, options);
}

std::string PostgresTransaction::describe() const { return "an open transaction"; }

}  // namespace poolguard::detail
