// The same program with the heartbeat on the session lane: it has a connection of its own, so every beat lands, whatever the
// load, and no job runs twice.
#include "stage.hpp"

namespace {

constexpr std::string_view kRenew = R"sql(
UPDATE jobs
SET lock_until = clock_timestamp() + interval '1500 ms'
WHERE id = $1::bigint AND lock_epoch = $2::bigint
)sql";

bool renew(poolguard::Engine& engine, const Lease& lease) {
  return engine.execute_direct(kRenew, {lease.id, lease.epoch}, kBeatLimits).affected_rows() == 1;
}

}  // namespace

int main() {
  return incident::expect_cured([] { return stage(renew); });
}
