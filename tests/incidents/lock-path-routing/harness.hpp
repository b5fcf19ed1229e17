/// The incident's world: a real Postgres, a real PgBouncer in transaction mode with two server connections, a load that keeps
/// them busy, one worker that runs jobs for longer than their lease, and a second one that takes what has expired.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "poolguard/engine.hpp"

namespace incident {

struct Lease {
  std::int64_t id = 0;
  std::int64_t epoch = 0;
};

/// A beat has a limit, as it should: that of the lease.
inline const poolguard::ExecuteOptions kBeatLimits{.timeout = std::chrono::seconds{3}, .stop = {}};

/// Renews a lease for three seconds from now; returns whether it still held.
using Renew = bool (*)(poolguard::Engine& engine, const Lease& lease);

/// What the program says will happen.
enum class Claim { jobs_run_twice, every_beat_lands };

/// Lets it happen, prints the figures, and returns 0 only if the claim came true.
int run(Renew renew, Claim claim);

}  // namespace incident
