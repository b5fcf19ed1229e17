#pragma once

#include <cstdint>
#include <string_view>

#include "poolguard/connection_manager.hpp"
#include "poolguard/lane_budget.hpp"
#include "poolguard/result.hpp"

namespace poolguard::detail {

/// The limits of the server, of the role and of the database. reserved_connections is there from Postgres 16 on. A role without
/// pg_read_all_stats isn't told the backend_type of others' sessions, but their database, which background processes don't have.
inline constexpr std::string_view kServerLimits = R"sql(
SELECT current_setting('max_connections')::bigint AS max_connections,
       current_setting('superuser_reserved_connections')::bigint
         + coalesce(current_setting('reserved_connections', true)::bigint, 0) AS reserved,
       role.rolsuper AS superuser,
       role.rolconnlimit AS role_limit,
       database.datconnlimit AS database_limit,
       (SELECT count(*) FROM pg_stat_activity
        WHERE datid IS NOT NULL AND coalesce(backend_type, 'client backend') = 'client backend') AS in_use
FROM pg_roles AS role, pg_database AS database
WHERE role.rolname = current_user AND database.datname = current_database()
)sql";

struct ServerLimits {
  std::int64_t max_connections = 0;
  std::int64_t reserved = 0;         ///< for superusers
  bool superuser = false;            ///< we are one
  std::int64_t role_limit = -1;      ///< -1: none
  std::int64_t database_limit = -1;  ///< -1: none
  std::int64_t in_use = 0;
};

/// Of the row of kServerLimits.
[[nodiscard]] ServerLimits read_limits(const Result& row);

/// `pooled`: a pooler stands before the transaction lane. `degraded`: the session pool goes there too.
[[nodiscard]] LaneBudget reckon(const ConnectionOptions& options, const ServerLimits& limits, bool pooled, bool degraded);

}  // namespace poolguard::detail
