#include "poolguard/worker_pool.hpp"

#include <atomic>
#include <barrier>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace poolguard;
using testing::ElementsAre;

TEST(SlidingPool, DoesEveryItemOnce) {
  constexpr std::size_t kItems = 500;
  std::mutex mutex;
  std::multiset<std::size_t> seen;
  const auto report = sliding_pool(
      kItems,
      [&](std::size_t item, const std::stop_token&) {
        const std::lock_guard lock(mutex);
        seen.insert(item);
      },
      {.concurrency = 8, .stop = {}, .on_progress = {}});
  EXPECT_EQ(report.done, kItems);
  EXPECT_EQ(seen.size(), kItems);
  EXPECT_EQ(std::set<std::size_t>(seen.begin(), seen.end()).size(), kItems);
  EXPECT_EQ(sliding_pool(0, [](std::size_t, const std::stop_token&) {}).done, 0U);
}

TEST(SlidingPool, WorksOnAsManyAtATimeAsItMayAndNoMore) {
  constexpr int kConcurrency = 3;
  std::barrier together(kConcurrency);  // would never open with fewer threads
  std::atomic<int> now = 0, most = 0;
  sliding_pool(
      9,
      [&](std::size_t, const std::stop_token&) {
        const int running = ++now;
        for (int seen = most; running > seen && !most.compare_exchange_weak(seen, running);) {
        }
        together.arrive_and_wait();
        --now;
      },
      {.concurrency = kConcurrency, .stop = {}, .on_progress = {}});
  EXPECT_LE(most, kConcurrency);
  EXPECT_GE(most, 2);
}

TEST(SlidingPool, AFailureIsItsItemsAloneAndKeptSmall) {
  const auto report = sliding_pool(
      10,
      [](std::size_t item, const std::stop_token&) {
        if (item == 3) throw std::runtime_error(std::string(100'000, 'x'));
        if (item == 4) throw 42;
        if (item >= 5) throw std::runtime_error("no");
      },
      {.concurrency = 1, .stop = {}, .on_progress = {}, .most_failures = 3});
  EXPECT_EQ(report.done, 3U);
  EXPECT_EQ(report.failed, 7U);
  ASSERT_EQ(report.failures.size(), 3U);
  EXPECT_EQ(report.failures[0].item, 3U);
  EXPECT_LT(report.failures[0].message.size(), 400U);
  EXPECT_EQ(report.failures[1].message, "something that is not a std::exception");
}

TEST(SlidingPool, AnAbortBeginsNoMoreAndIsThrown) {
  class OutOfBudget : public PoolAbort {
   public:
    OutOfBudget() : PoolAbort("the budget is spent") {}
  };
  std::atomic<int> begun = 0;
  EXPECT_THROW(sliding_pool(
                   100,
                   [&](std::size_t item, const std::stop_token&) {
                     ++begun;
                     if (item == 2) throw OutOfBudget();
                   },
                   {.concurrency = 1, .stop = {}, .on_progress = {}}),
               OutOfBudget);
  EXPECT_EQ(begun, 3);
}

TEST(SlidingPool, AStopRequestBeginsNoMoreAndSaysHowManyAreLeft) {
  std::stop_source stop;
  const auto report = sliding_pool(
      10, [&](std::size_t item, const std::stop_token&) { if (item == 3) stop.request_stop(); },
      {.concurrency = 1, .stop = stop.get_token(), .on_progress = {}});
  EXPECT_EQ(report.done, 4U);
  EXPECT_EQ(report.not_begun, 6U);
}

TEST(SlidingPool, TellsItsProgressAfterEachItem) {
  std::vector<std::size_t> done;
  std::size_t failed = 0;
  sliding_pool(
      4, [](std::size_t item, const std::stop_token&) { if (item == 1) throw std::runtime_error("no"); },
      {.concurrency = 2, .stop = {}, .on_progress = [&](const PoolProgress& progress) {
         done.push_back(progress.done + progress.failed);
         failed = progress.failed;
         EXPECT_EQ(progress.items, 4U);
         throw std::runtime_error("dropped");
       }});
  EXPECT_THAT(done, ElementsAre(1U, 2U, 3U, 4U));
  EXPECT_EQ(failed, 1U);
}

TEST(SlidingPool, RefusesAConcurrencyThatCannotBe) {
  for (const std::size_t bad : {0UL, 1001UL}) {
    EXPECT_THROW(sliding_pool(1, [](std::size_t, const std::stop_token&) {}, {.concurrency = bad, .stop = {}, .on_progress = {}}), ConfigError);
  }
}

TEST(RunWithLimit, ReturnsTheResultsInTheTasksOrder) {
  std::barrier together(2);
  std::vector<std::function<int()>> tasks;
  for (int i = 0; i < 6; ++i) {
    tasks.emplace_back([&together, i] {
      together.arrive_and_wait();
      return i * i;
    });
  }
  EXPECT_THAT(run_with_limit(tasks, 2), ElementsAre(0, 1, 4, 9, 16, 25));
  EXPECT_TRUE(run_with_limit(std::vector<std::function<int()>>(), 2).empty());
}

TEST(RunWithLimit, ThrowsTheFirstFailureAndBeginsNoMore) {
  int begun = 0;
  std::vector<std::function<int()>> tasks(5, [&begun]() -> int {
    if (++begun == 2) throw std::runtime_error("second");
    return begun;
  });
  EXPECT_THROW(run_with_limit(tasks, 1), std::runtime_error);
  EXPECT_EQ(begun, 2);
  EXPECT_THROW(run_with_limit(tasks, 0), ConfigError);
}
