/// What handlers do on the session lane doesn't keep the renewal of their leases away.
#include <atomic>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

#include "fixtures.hpp"
#include "poolguard/errors.hpp"
#include "poolguard/worker.hpp"
#include "running_worker.hpp"
#include "support/eventually.hpp"

using namespace poolguard;
using namespace poolguard::test;
using namespace std::chrono_literals;

namespace {

/// All connections of the pool that somebody who renews nothing can have.
std::vector<Connection<Lane::session>> all_that_can_be_had(ConnectionPool<Lane::session>& pool) {
  std::vector<Connection<Lane::session>> held;
  try {
    // A claim under way has one for as long as its statement takes: that is waited for.
    while (true) held.push_back(pool.acquire({.timeout = 3s, .stop = {}}));
  } catch (const PoolTimeoutError&) {
  }
  return held;
}

class RenewalLane : public testing::TestWithParam<Way> {};

}  // namespace

INSTANTIATE_TEST_SUITE_P(Ways, RenewalLane, testing::Values(Way::direct, Way::bouncer), way_name);

TEST_P(RenewalLane, StaysFreeThoughAHandlerHoldsTheSessionPool) {
  const World world(GetParam());
  auto& engine = dynamic_cast<PostgresEngine&>(world.engine());
  Queue queue(engine);
  queue.migrate();
  const JobId id = queue.add({.name = "greedy"});
  WorkerOptions options;
  options.lease = 30s;
  options.renew_interval = 50ms;
  options.renew_timeout = 20s;
  options.events = {};
  Worker worker(engine, options);
  std::atomic<std::size_t> had = 0;
  std::atomic<bool> over = false;
  worker.handle("greedy", [&](const JobContext& context) {
    const auto held = all_that_can_be_had(engine.manager().session_pool());
    had = held.size();
    while (!over && !context.stop.stop_requested()) std::this_thread::yield();
    return std::optional<std::string>();
  });
  Running running(worker);
  ASSERT_TRUE(eventually(20s, [&] { return had > 0; }));
  EXPECT_EQ(had, engine.manager().describe().session.size - 1);
  const std::uint64_t beats = worker.report().beats;
  EXPECT_TRUE(eventually(20s, [&] { return worker.report().beats >= beats + 3; })) << "no renewal gets through";
  over = true;
  EXPECT_TRUE(eventually(20s, [&] { return queue.get(id)->status == JobStatus::completed; }));
  const WorkerReport report = running.stop();
  EXPECT_EQ(report.beats_failed, 0U);
  EXPECT_EQ(report.lost, 0U);
}
