#include <gtest/gtest.h>

#include "poolguard/job.hpp"

using namespace std::chrono_literals;
using poolguard::Backoff;

TEST(Backoff, GrowsByTheFactorFromTheFirstFailure) {
  const Backoff backoff{.initial = 100ms, .factor = 3.0, .most = 1h, .jitter = 0.0};
  EXPECT_EQ(backoff.delay(1, 0.5), 100ms);
  EXPECT_EQ(backoff.delay(2, 0.5), 300ms);
  EXPECT_EQ(backoff.delay(3, 0.5), 900ms);
}

TEST(Backoff, NeverExceedsItsMost) {
  const Backoff backoff{.initial = 100ms, .factor = 2.0, .most = 1s, .jitter = 0.0};
  EXPECT_EQ(backoff.delay(10, 0.0), 1s);
  EXPECT_EQ(backoff.delay(100'000, 0.0), 1s) << "2^99999 is infinite";
}

TEST(Backoff, JitterOnlyTakesAway) {
  const Backoff backoff{.initial = 1000ms, .factor = 2.0, .most = 1h, .jitter = 0.5};
  EXPECT_EQ(backoff.delay(1, 0.0), 1000ms);
  EXPECT_EQ(backoff.delay(1, 0.5), 750ms);
  EXPECT_GE(backoff.delay(1, 0.999), 500ms);
}
