#include "engine/caller_transaction.hpp"

#include "pqxx_adapter.hpp"

namespace poolguard::detail {

Result CallerTransaction::execute(std::string_view sql, const Params& params, const ExecuteOptions&) {
  try {
    return pqxx_adapter::run(open_, sql, params);
  } catch (const std::exception&) {
    pqxx_adapter::rethrow(sql);
  }
}

void CallerTransaction::transaction(const std::function<void(TransactionEngine&)>& work, const ExecuteOptions&) {
  execute("SAVEPOINT poolguard_caller");
  try {
    work(*this);
  } catch (...) {
    execute("ROLLBACK TO SAVEPOINT poolguard_caller");
    throw;
  }
  execute("RELEASE SAVEPOINT poolguard_caller");
}

void CallerTransaction::copy_in(std::string_view sql, const std::vector<Params>& rows, const ExecuteOptions&) {
  try {
    pqxx_adapter::copy_in(open_, sql, rows);
  } catch (const std::exception&) {
    pqxx_adapter::rethrow(sql);
  }
}

std::string CallerTransaction::describe() const { return "a transaction of the caller's"; }

}  // namespace poolguard::detail
