// The heartbeat goes through the pool that everybody's work goes through. It waits in line behind that work, for longer than
// its lease lasts: the lease runs out under a worker that is alive and well, and a second worker runs the same job.
#include "stage.hpp"

namespace {

constexpr std::string_view kRenew = R"sql(
UPDATE jobs
SET lock_until = clock_timestamp() + interval '1500 ms'
WHERE id = $1::bigint AND lock_epoch = $2::bigint
)sql";

bool renew(poolguard::Engine& engine, const Lease& lease) {
  return engine.execute(kRenew, {lease.id, lease.epoch}, kBeatLimits).affected_rows() == 1;  // flagged: lock-path-routing
}

}  // namespace

int main() {
  return incident::expect_broken([] { return stage(renew); });
}
