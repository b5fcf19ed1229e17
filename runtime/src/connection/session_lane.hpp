/// Where the session lane goes, and the proof that it is one.
#pragma once

#include <optional>

#include "connection/pg_connection.hpp"
#include "poolguard/connection_manager.hpp"
#include "poolguard/connection_url.hpp"

namespace poolguard::detail {

/// The plan, made from the options alone.
struct SessionLanePlan {
  SessionSource source = SessionSource::same_url;
  ConnectionUrl url;
  /// Where to go if `url` can't be reached: a pooler that is known to be in session mode.
  std::optional<ConnectionUrl> fallback = {};
};

[[nodiscard]] SessionLanePlan plan_session_lane(const ConnectionOptions& options, const ConnectionUrl& primary);

/// Throws LaneUnavailableError if what answers is a pooler. A server names its own process id in the handshake and in
/// pg_backend_pid(); a pooler makes up the first, because the backend behind a client changes.
void verify_no_pooler(PgConnection& connection, const ConnectionUrl& url, const ExecuteOptions& options);

}  // namespace poolguard::detail
