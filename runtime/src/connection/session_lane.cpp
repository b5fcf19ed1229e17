#include "connection/session_lane.hpp"

#include <fmt/format.h>

#include "poolguard/errors.hpp"

namespace poolguard::detail {

SessionLanePlan plan_session_lane(const ConnectionOptions& options, const ConnectionUrl& primary) {
  if (options.disable_direct_pool) return {.source = SessionSource::disabled, .url = primary};
  if (options.direct_url) {
    const ConnectionUrl direct = ConnectionUrl::parse(*options.direct_url, "direct URL");
    if (!direct.is_supabase_transaction_pooler()) return {.source = SessionSource::explicit_url, .url = direct};
    if (const auto corrected = direct.derive_supabase_direct()) {
      // Of db.<project>.supabase.co the pooler's region isn't known; the primary may say it.
      const auto beside = direct.derive_supabase_session_pooler();
      return {.source = SessionSource::corrected, .url = *corrected, .fallback = beside ? beside : primary.derive_supabase_session_pooler()};
    }
    throw ConfigError(fmt::format("direct URL: '{}' points at Supabase's transaction pooler, and the direct host can't be derived "
                                  "because the user is not '<user>.<project>'. Give the URL of the direct connection "
                                  "(db.<project>.supabase.co:5432)",
                                  direct.redacted()));
  }
  if (primary.is_supabase_transaction_pooler()) {
    if (const auto derived = primary.derive_supabase_direct()) {
      return {.source = SessionSource::derived, .url = *derived, .fallback = primary.derive_supabase_session_pooler()};
    }
    throw ConfigError(fmt::format("'{}' points at Supabase's transaction pooler, and the direct host can't be derived because "
                                  "the user is not '<user>.<project>'. Set POOLGUARD_DIRECT_DATABASE_URL to the direct connection "
                                  "(db.<project>.supabase.co:5432)",
                                  primary.redacted()));
  }
  return {.source = SessionSource::same_url, .url = primary};
}

void verify_no_pooler(PgConnection& connection, const ConnectionUrl& url, const ExecuteOptions& options) {
  const auto pid = connection.execute("SELECT pg_backend_pid() AS pid", {}, options).number(0, "pid");
  if (pid == connection.handshake_pid()) return;
  throw LaneUnavailableError(
      fmt::format("a pooler answers at {}, and nothing says that it is in session mode: a lease that is renewed through a "
                  "transaction-mode pool is lost under load. Set POOLGUARD_DIRECT_DATABASE_URL to a direct or session-mode "
                  "connection (the same URL, if the pooler is in session mode)",
                  url.redacted()));
}

}  // namespace poolguard::detail
