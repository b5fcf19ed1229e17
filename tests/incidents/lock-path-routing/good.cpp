// The same program with the heartbeat on the session lane: it has a connection of its own, so every beat lands, whatever the
// load, and no job runs twice.
#include "harness.hpp"

namespace {

constexpr std::string_view kRenew = R"sql(
UPDATE jobs
SET lock_until = clock_timestamp() + interval '3 seconds'
WHERE id = $1::bigint AND lock_epoch = $2::bigint
)sql";

bool renew(poolguard::Engine& engine, const incident::Lease& lease) {
  return engine.execute_direct(kRenew, {lease.id, lease.epoch}, incident::kBeatLimits).affected_rows() == 1;
}

}  // namespace

int main() { return incident::run(renew, incident::Claim::every_beat_lands); }
