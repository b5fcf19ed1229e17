#include "worker/periodic_timer.hpp"

#include <atomic>
#include <stdexcept>

#include <gtest/gtest.h>

#include "support/eventually.hpp"

using poolguard::detail::PeriodicTimer;
using poolguard::test::eventually;
using namespace std::chrono_literals;

TEST(PeriodicTimer, GoesOnAfterAnExceptionAndSaysSo) {
  std::atomic<int> calls = 0, events = 0;
  const PeriodicTimer timer(
      1ms,
      [&] {
        ++calls;
        if (calls % 2 == 0) throw 42;
        throw std::runtime_error("x");
      },
      [&](const poolguard::Event& event) { events += event.name == "timer.failed" ? 1 : 0; });
  EXPECT_TRUE(eventually(10s, [&] { return calls >= 4 && events >= 4; }));
}

TEST(PeriodicTimer, ItsCallsDoNotOverlap) {
  std::atomic<int> inside = 0, most = 0, calls = 0;
  const PeriodicTimer timer(
      1ms,
      [&] {
        most = std::max(most.load(), ++inside);
        std::this_thread::sleep_for(5ms);
        --inside;
        ++calls;
      },
      {});
  EXPECT_TRUE(eventually(10s, [&] { return calls >= 5; }));
  EXPECT_EQ(most, 1);
}

TEST(PeriodicTimer, EndsAtOnceHoweverLongItsInterval) {
  const auto start = std::chrono::steady_clock::now();
  { const PeriodicTimer timer(1h, [] {}, {}); }
  EXPECT_LT(std::chrono::steady_clock::now() - start, 10s);
}
