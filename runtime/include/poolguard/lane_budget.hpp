/// Do the pools of all processes fit into what the server allows?
#pragma once

#include <cstdint>
#include <string>

namespace poolguard {

/// What a deployment needs of a server's connections, at the most, and what it can have.
struct LaneBudget {
  std::int64_t processes = 1;
  std::int64_t transaction = 0;  ///< of one process; 0 if a pooler stands between
  std::int64_t session = 0;      ///< of one process: its session pool, and one for a listener; 0 if that goes through the pooler too
  /// By the tightest of max_connections less what is reserved, the role's and the database's CONNECTION LIMIT (which hold for
  /// superusers neither).
  std::int64_t allowed = 0;
  std::string limit;             ///< which one that is
  std::int64_t in_use = 0;       ///< now, by anybody
  /// A pooler stands before the transaction lane. Its own connections to the server come on top, and can't be seen from here.
  bool pooled = false;

  [[nodiscard]] std::int64_t needed() const noexcept { return processes * (transaction + session); }
  [[nodiscard]] bool fits() const noexcept { return needed() <= allowed; }
  /// A sentence or two for a human.
  [[nodiscard]] std::string text() const;
};

}  // namespace poolguard
