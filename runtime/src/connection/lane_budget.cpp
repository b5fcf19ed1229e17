#include "connection/lane_budget.hpp"

#include <fmt/format.h>

namespace poolguard {

std::string LaneBudget::text() const {
  const std::string pooler =
      pooled ? " The pooler's own connections come on top: they can't be seen from here, so compare its pool sizes with the limit." : "";
  const std::string reckoned = fmt::format("{} of {} connections that {} leaves ({} process{} with {} each; {} in use now)", needed(), allowed,
                                           limit, processes, processes == 1 ? "" : "es", transaction + session, in_use);
  if (fits()) return fmt::format("the pools need at most {}.{}", reckoned, pooler);
  return fmt::format("the pools can need {}: some connections will be refused under load, a worker's renewal among them. Make the pools "
                     "smaller (POOLGUARD_TRANSACTION_POOL_SIZE, POOLGUARD_SESSION_POOL_SIZE), run fewer processes, or raise the limit.{}",
                     reckoned, pooler);
}

namespace detail {

ServerLimits read_limits(const Result& row) {
  return {.max_connections = row.number(0, "max_connections"),
          .reserved = row.number(0, "reserved"),
          .superuser = row.text(0, "superuser") == "t",
          .role_limit = row.number(0, "role_limit"),
          .database_limit = row.number(0, "database_limit"),
          .in_use = row.number(0, "in_use")};
}

LaneBudget reckon(const ConnectionOptions& options, const ServerLimits& limits, bool pooled, bool degraded) {
  LaneBudget budget;
  budget.processes = static_cast<std::int64_t>(options.processes);
  budget.pooled = pooled;
  budget.in_use = limits.in_use;
  if (!pooled) budget.transaction = static_cast<std::int64_t>(options.transaction_pool_size);
  // A degraded lane has no listener.
  if (!degraded) budget.session = static_cast<std::int64_t>(options.session_pool_size) + 1;
  else if (!pooled) budget.session = static_cast<std::int64_t>(options.session_pool_size);

  if (limits.superuser) {
    budget.allowed = limits.max_connections;
    budget.limit = fmt::format("max_connections ({})", limits.max_connections);
    return budget;
  }
  budget.allowed = limits.max_connections - limits.reserved;
  budget.limit = fmt::format("max_connections ({}, {} reserved)", limits.max_connections, limits.reserved);
  const auto tighten = [&budget](std::int64_t most, const char* whose) {
    if (most < 0 || most >= budget.allowed) return;
    budget.allowed = most;
    budget.limit = fmt::format("the {}'s CONNECTION LIMIT ({})", whose, most);
  };
  tighten(limits.role_limit, "role");
  tighten(limits.database_limit, "database");
  return budget;
}

}  // namespace detail
}  // namespace poolguard
