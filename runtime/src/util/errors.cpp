#include "poolguard/errors.hpp"

#include <utility>

namespace poolguard {

SqlError::SqlError(const std::string& message, std::string sqlstate, std::string statement)
    : Error(message), sqlstate_(std::move(sqlstate)), statement_(std::move(statement)) {}

bool SqlError::infrastructure() const noexcept {
  return sqlstate_.starts_with("08") || sqlstate_.starts_with("53") || sqlstate_.starts_with("57P") ||
         sqlstate_.starts_with("58");
}

StatementTimeoutError::StatementTimeoutError(const std::string& message, std::chrono::milliseconds timeout, bool in_doubt)
    : ConnectionError(message), timeout_(timeout), in_doubt_(in_doubt) {}

}  // namespace poolguard
