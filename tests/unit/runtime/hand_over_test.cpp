#include "worker/hand_over.hpp"

#include <atomic>
#include <chrono>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

using namespace poolguard;
using namespace poolguard::detail;
using namespace std::chrono_literals;

namespace {

EndedJob job(JobId id) {
  auto entry = std::make_shared<RunningJobs::Entry>();
  entry->job.id = id;
  return {.entry = entry, .ending = {}};
}

}  // namespace

TEST(HandOver, OneTurnIsSentByTheThreadThatTakesIt) {
  const auto here = std::this_thread::get_id();
  HandOver hand_over([&](const std::vector<HandOver::Turn*>& turns) {
    EXPECT_EQ(std::this_thread::get_id(), here);
    ASSERT_EQ(turns.size(), 1U);
    turns[0]->written = true;
    turns[0]->next = turns[0]->ended.entry;
  });
  const EndedJob ended = job(1);
  for (int i = 0; i < 2; ++i) {
    HandOver::Turn turn{.ended = ended};
    hand_over.take(turn);
    EXPECT_TRUE(turn.written);
    EXPECT_EQ(turn.next, ended.entry);
  }
}

TEST(HandOver, TurnsThatComeWhileOneIsUnderWayShareTheNextAndEachIsFilledOnce) {
  constexpr int kThreads = 6, kTurns = 300;
  std::atomic<int> sends = 0, filled = 0;
  std::atomic<bool> under_way = false;
  HandOver hand_over([&](const std::vector<HandOver::Turn*>& turns) {
    EXPECT_FALSE(under_way.exchange(true));
    ++sends;
    // A statement takes its time: others come meanwhile.
    const auto until = std::chrono::steady_clock::now() + 50us;
    while (std::chrono::steady_clock::now() < until) std::this_thread::yield();
    for (HandOver::Turn* turn : turns) {
      EXPECT_FALSE(std::exchange(turn->written, true));
      turn->next = turn->ended.entry;
      ++filled;
    }
    under_way = false;
  });
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        for (int i = 0; i < kTurns; ++i) {
          const EndedJob ended = job(thread * kTurns + i);
          HandOver::Turn turn{.ended = ended};
          hand_over.take(turn);
          EXPECT_TRUE(turn.written);
          EXPECT_EQ(turn.next, ended.entry) << "its own";
        }
      });
    }
  }
  EXPECT_EQ(filled, kThreads * kTurns);
  EXPECT_LT(sends, kThreads * kTurns);
}
