/// The world of this incident: a real Postgres, a real PgBouncer in transaction mode with two server connections, a load that
/// keeps them busy, one worker that runs jobs for longer than their lease, and a second one that takes what has expired.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "incidents/support/incident.hpp"
#include "poolguard/engine.hpp"

struct Lease {
  std::int64_t id = 0;
  std::int64_t epoch = 0;
};

/// A beat has a limit, as it should: that of the lease.
inline const poolguard::ExecuteOptions kBeatLimits{.timeout = std::chrono::milliseconds{1500}, .stop = {}};

/// Renews a lease for a second and a half from now; returns whether it still held.
using Renew = bool (*)(poolguard::Engine& engine, const Lease& lease);

incident::Outcome stage(Renew renew);
