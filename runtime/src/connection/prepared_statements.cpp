#include "connection/prepared_statements.hpp"

#include <functional>

#include <fmt/format.h>

namespace poolguard::detail {

PreparedStatements::Statement PreparedStatements::use(std::string_view sql) {
  const auto found = states_.find(std::string(sql));
  if (found == states_.end()) {
    if (states_.size() < kMostStatements) states_.emplace(sql, State::seen);
    return {};
  }
  if (found->second == State::refused) return {};
  return {.step = found->second == State::prepared ? Step::reuse : Step::prepare,
          .name = fmt::format("poolguard_{:016x}", std::hash<std::string_view>()(sql))};
}

void PreparedStatements::prepared(std::string_view sql) { states_[std::string(sql)] = State::prepared; }

void PreparedStatements::refuse(std::string_view sql) { states_[std::string(sql)] = State::refused; }

}  // namespace poolguard::detail
