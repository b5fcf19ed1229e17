#include <gtest/gtest.h>

#include "poolguard/errors.hpp"
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

TEST(Backoff, FixedStaysAsItIs) {
  const Backoff backoff{.initial = 300ms, .factor = 2.0, .most = 1h, .jitter = 0.0, .kind = poolguard::BackoffKind::fixed};
  EXPECT_EQ(backoff.delay(1, 0.5), 300ms);
  EXPECT_EQ(backoff.delay(9, 0.5), 300ms);
}

TEST(Backoff, DecorrelatedIsBetweenTheInitialAndThreeTimesTheWaitBefore) {
  const Backoff backoff{.initial = 100ms, .factor = 2.0, .most = 5s, .jitter = 0.0, .kind = poolguard::BackoffKind::decorrelated};
  EXPECT_EQ(backoff.delay(1, 0.9), 100ms) << "there was no wait before the first";
  EXPECT_EQ(backoff.delay(2, 0.0, 100ms), 100ms);
  EXPECT_EQ(backoff.delay(2, 0.5, 100ms), 200ms);
  EXPECT_EQ(backoff.delay(7, 0.999, 100s), 5s);
}

TEST(Backoff, NumbersThatCannotBeAreRefusedWithTheirOwner) {
  EXPECT_NO_THROW(Backoff{}.check("x"));
  for (const Backoff& bad : {Backoff{.initial = -1ms}, Backoff{.initial = 2s, .most = 1s}, Backoff{.factor = 0.5}, Backoff{.jitter = 1.5},
                             Backoff{.jitter = -0.1}}) {
    EXPECT_THROW(bad.check("x"), poolguard::ConfigError);
  }
}
