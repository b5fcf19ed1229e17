/// How a statement reaches the server.
#pragma once

#include <string_view>

namespace poolguard {

/// The two lanes a connection can be had on. (Inside an open transaction the lane is that of the transaction.)
enum class Lane {
  transaction,  ///< through a transaction-mode pool: a server connection for one transaction, then another
  session,      ///< a direct or session-mode connection: one server connection for as long as it is held
};

[[nodiscard]] constexpr std::string_view to_string(Lane lane) noexcept {
  return lane == Lane::transaction ? "transaction" : "session";
}

}  // namespace poolguard
