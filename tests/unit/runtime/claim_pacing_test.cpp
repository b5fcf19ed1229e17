#include "worker/claim_pacing.hpp"

#include <gtest/gtest.h>

using namespace poolguard::detail;
using namespace std::chrono_literals;
using Ask = ClaimPacing::Ask;

namespace {

/// A worker without a database: the test says what time it is and what the answers are.
class ClaimPacingTest : public testing::Test {
 protected:
  ClaimPacing::Clock::time_point now{1h};
  PacingLimits limits;
  ClaimPacing pacing{limits, now};

  void expect_next(Ask ask, std::chrono::milliseconds after) {
    EXPECT_EQ(pacing.next().ask, ask);
    EXPECT_EQ(pacing.next().at, now + after);
  }
  /// The first claim, and the look after it, of a worker that has nothing to do.
  void go_idle(bool listening) {
    pacing.set_listening(listening, now);
    pacing.claimed(0, now);
    pacing.looked({}, now);
  }
};

}  // namespace

TEST_F(ClaimPacingTest, BeginsWithAClaimAndGoesOnWhileThereAreJobs) {
  expect_next(Ask::claim, 0ms);
  pacing.claimed(3, now);
  expect_next(Ask::claim, 0ms);
}

TEST_F(ClaimPacingTest, AnEmptyClaimLeadsToALookAndThatToAWait) {
  pacing.set_listening(true, now);
  pacing.claimed(0, now);
  expect_next(Ask::look, 0ms);
  pacing.looked({}, now);
  expect_next(Ask::look, limits.listen_poll);
}

TEST_F(ClaimPacingTest, WithoutAListenerTheLooksBackOff) {
  go_idle(false);
  expect_next(Ask::look, limits.poll_least);
  for (auto wait = limits.poll_least; wait < limits.poll_most;) {
    wait = std::min(wait * 2, limits.poll_most);
    pacing.looked({}, now);
    expect_next(Ask::look, wait);
  }
  pacing.looked({}, now);
  expect_next(Ask::look, limits.poll_most);
}

TEST_F(ClaimPacingTest, AnIdleWorkerAsksOnceInFiveSecondsAtMostWithTheSweepsLook) {
  for (const bool listening : {true, false}) {
    go_idle(listening);
    // The back-off's first minute is over.
    const auto begin = now += 1min;
    for (auto i = 0; i < 20; ++i) pacing.looked({}, now);
    int asks = 0;
    for (now = pacing.next().at; now < begin + 1h; now = pacing.next().at) {
      ASSERT_EQ(pacing.next().ask, Ask::look);
      pacing.looked({}, now);
      ++asks;
    }
    constexpr int kSweepLooks = 3600 / 15;
    EXPECT_LE(asks + kSweepLooks, 3600 / 5) << (listening ? "listening" : "polling");
  }
}

TEST_F(ClaimPacingTest, ADelayedJobIsClaimedWhenItIsDue) {
  go_idle(true);
  pacing.looked(1234ms, now);
  expect_next(Ask::claim, 1234ms);
  pacing.looked(1h, now);
  expect_next(Ask::look, limits.listen_poll);
}

TEST_F(ClaimPacingTest, WhatALookFindsDueIsClaimedAtOnce) {
  go_idle(true);
  now += limits.listen_poll;
  pacing.looked(-5ms, now);
  expect_next(Ask::claim, 0ms);
}

TEST_F(ClaimPacingTest, WhatHasBecomeDueSinceTheClaimIsClaimedAtOnce) {
  pacing.claimed(0, now);
  now += 10ms;
  pacing.looked(-9ms, now);
  expect_next(Ask::claim, 0ms);
}

TEST_F(ClaimPacingTest, WhatIsDueAndNotToBeHadIsAskedForWithBackOff) {
  pacing.set_listening(true, now);
  auto wait = limits.poll_least;
  for (int i = 0; i < 10; ++i) {
    pacing.claimed(0, now);
    pacing.looked(0ms, now);
    expect_next(Ask::claim, wait);
    wait = std::min(wait * 2, limits.poll_most);
    now = pacing.next().at;
  }
}

TEST_F(ClaimPacingTest, ANotificationLeadsToAClaimAtOnce) {
  go_idle(true);
  now += 1s;
  pacing.notified(now);
  expect_next(Ask::claim, 0ms);
}

TEST_F(ClaimPacingTest, ABurstOfNotificationsIsOneClaim) {
  go_idle(true);
  now += 1s;
  pacing.notified(now);
  pacing.claimed(0, now);
  pacing.looked({}, now);
  const auto claimed = now;
  for (int i = 0; i < 10; ++i) {
    now += 1ms;
    pacing.notified(now);
    EXPECT_EQ(pacing.next().ask, Ask::claim);
    EXPECT_EQ(pacing.next().at, claimed + limits.debounce);
  }
}

TEST_F(ClaimPacingTest, ANotificationDoesNotPutOffAClaimThatIsDue) {
  go_idle(true);
  pacing.looked(5ms, now);
  pacing.notified(now);
  expect_next(Ask::claim, 5ms);
}

TEST_F(ClaimPacingTest, WhatFailsBacksOffAndNotificationsDoNotHurryIt) {
  go_idle(true);
  pacing.failed(now);
  expect_next(Ask::claim, limits.poll_least);
  pacing.failed(now);
  expect_next(Ask::claim, 2 * limits.poll_least);
  pacing.notified(now);
  pacing.job_ended(now);
  pacing.set_listening(false, now);
  expect_next(Ask::claim, 2 * limits.poll_least);
}

TEST_F(ClaimPacingTest, WhenTheListenerComesOrGoesItLooksAtOnce) {
  for (const bool listening : {true, false}) {
    go_idle(!listening);
    pacing.set_listening(listening, now);
    expect_next(Ask::look, 0ms);
  }
}

TEST_F(ClaimPacingTest, TheEndOfAJobLeadsToALookOnlyWithoutAListener) {
  go_idle(false);
  pacing.job_ended(now);
  expect_next(Ask::look, 0ms);
  go_idle(true);
  pacing.job_ended(now);
  expect_next(Ask::look, limits.listen_poll);
}

TEST_F(ClaimPacingTest, AWorkerThatIsToEndWithItsQueueClaimsWhenAJobEnds) {
  limits.until_empty = true;
  ClaimPacing ending(limits, now);
  ending.set_listening(true, now);
  ending.claimed(0, now);  // a look is due now, which would not say whether all has ended
  ending.job_ended(now);
  EXPECT_EQ(ending.next().ask, Ask::claim);
}
