#include "connection/watchdog.hpp"

#include <atomic>
#include <future>
#include <memory>

#include <gtest/gtest.h>

#include "support/eventually.hpp"

using namespace poolguard::detail;
using poolguard::test::eventually;
using namespace std::chrono_literals;

namespace {

struct Target {
  std::atomic<int> cancels = 0, cuts = 0;
  std::shared_future<void> hang;  // a cancel request waits for it, if it is set

  static WatchTarget of(const std::shared_ptr<Target>& target) {
    return {.cancel =
                [target] {
                  ++target->cancels;
                  if (target->hang.valid()) target->hang.wait();
                },
            .cut = [target] { ++target->cuts; }};
  }
};

}  // namespace

TEST(Watchdog, LeavesAStatementAloneThatEndsInTime) {
  Watchdog dog;
  auto target = std::make_shared<Target>();
  EXPECT_EQ(dog.watch(Target::of(target), Watchdog::Clock::now() + 1h, {})->finish().reason, EndReason::none);
  EXPECT_EQ(target->cancels, 0);
}

TEST(Watchdog, CancelsAtTheDeadlineAndCutsAfterTheGrace) {
  Watchdog dog(20ms);
  auto target = std::make_shared<Target>();
  const auto watch = dog.watch(Target::of(target), Watchdog::Clock::now() + 5ms, {});
  ASSERT_TRUE(eventually(10s, [&] { return target->cuts == 1; }));
  EXPECT_TRUE(eventually(10s, [&] { return target->cancels == 1; })) << "by a thread of its own, which may be late";
  const WatchOutcome outcome = watch->finish();
  EXPECT_EQ(outcome.reason, EndReason::timeout);
  EXPECT_TRUE(outcome.cut);
}

TEST(Watchdog, AStopRequestCancels) {
  Watchdog dog(1h);
  auto target = std::make_shared<Target>();
  std::stop_source stop;
  const auto watch = dog.watch(Target::of(target), {}, stop.get_token());
  stop.request_stop();
  ASSERT_TRUE(eventually(10s, [&] { return target->cancels == 1; }));
  const WatchOutcome outcome = watch->finish();
  EXPECT_EQ(outcome.reason, EndReason::stop);
  EXPECT_FALSE(outcome.cut);
}

TEST(Watchdog, AHungCancelRequestDelaysNobodyElse) {
  std::promise<void> release;
  auto hung = std::make_shared<Target>();
  hung->hang = release.get_future().share();
  auto other = std::make_shared<Target>();
  {
    Watchdog dog(20ms);
    const auto first = dog.watch(Target::of(hung), Watchdog::Clock::now(), {});
    ASSERT_TRUE(eventually(10s, [&] { return hung->cancels == 1; }));
    const auto second = dog.watch(Target::of(other), Watchdog::Clock::now(), {});
    EXPECT_TRUE(eventually(10s, [&] { return other->cancels == 1; }));
    const WatchOutcome outcome = first->finish();
    EXPECT_TRUE(outcome.abandoned);
    EXPECT_TRUE(outcome.cut);
  }
  release.set_value();  // after the watchdog's end: the request's thread lives on its own
  EXPECT_TRUE(eventually(10s, [&] { return hung.use_count() == 1; }));
}
