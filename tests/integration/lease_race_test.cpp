// The moment in which a lease runs out: its owner ends the job while the reaper takes it away and another worker claims it.
#include <barrier>
#include <future>

#include <gmock/gmock.h>

#include "fixtures.hpp"

using namespace poolguard;
using namespace poolguard::test;
using namespace std::chrono_literals;

namespace {

constexpr int kRuns = 500;

/// What comes before what: three orders that a barrier holds, and one that is left to chance.
enum class Order { owner_first, owner_between, owner_last, together };

class LeaseRace : public QueueOverEveryEngine {
 protected:
  Job claim(const std::string& worker) {
    auto jobs = queue.claim({.worker = worker, .queue = "default", .names = {"a"}, .limit = 1, .lease = 60s});
    return jobs.empty() ? Job{} : std::move(jobs.front());
  }

  struct Outcome {
    bool owner = false;  ///< its completion was accepted
    bool other = false;
  };

  /// The lease of `held` has run out. Its owner completes it; meanwhile it is swept, claimed by another and completed by that one.
  Outcome race(const Job& held, Order order) {
    std::barrier swept(2), claimed(2), start(2);
    Outcome outcome;
    auto owner = std::async(std::launch::async, [&] {
      start.arrive_and_wait();
      if (order == Order::owner_between || order == Order::owner_last) swept.arrive_and_wait();
      if (order == Order::owner_last) claimed.arrive_and_wait();
      return queue.complete(held.key(), R"("owner")");
    });
    start.arrive_and_wait();
    if (order == Order::owner_first) outcome.owner = owner.get();
    queue.sweep_stalled(0ms, 1000);
    if (order == Order::owner_between || order == Order::owner_last) swept.arrive_and_wait();
    if (order == Order::owner_between) outcome.owner = owner.get();
    Job taken = claim("other");
    if (order == Order::owner_last) claimed.arrive_and_wait();
    if (owner.valid()) outcome.owner = owner.get();
    // The owner's write that was too late may have had the row locked for a moment, and a claim waits for no row.
    if (taken.id == 0 && !outcome.owner) taken = claim("other");
    if (taken.id != 0) outcome.other = queue.complete(taken.key(), R"("other")");
    return outcome;
  }
};

}  // namespace

INSTANTIATE_TEST_SUITE_P(Ways, LeaseRace, every_way(), way_name);

TEST_P(LeaseRace, NoStaleOwnerCommits) {
  for (int run = 0; run < kRuns; ++run) {
    const auto order = static_cast<Order>(run % 4);
    SCOPED_TRACE(run);
    const JobId id = queue.add({.name = "a"});
    const Job held = claim("owner");
    ASSERT_EQ(held.id, id);
    engine.execute("UPDATE poolguard_jobs SET lock_until = clock_timestamp() - interval '1 hour' WHERE id = $1::bigint", {id});

    const Outcome outcome = race(held, order);

    const auto job = queue.get(id);
    ASSERT_TRUE(job);
    ASSERT_EQ(job->status, JobStatus::completed);
    ASSERT_NE(outcome.owner, outcome.other) << "one of the two completed it, and both know which";
    ASSERT_EQ(job->result, outcome.owner ? R"("owner")" : R"("other")");
    if (order == Order::owner_first) ASSERT_TRUE(outcome.owner) << "nobody had taken it yet: the expiry alone takes nothing";
    if (order == Order::owner_between || order == Order::owner_last) ASSERT_FALSE(outcome.owner) << "a stale owner committed";
  }
}
