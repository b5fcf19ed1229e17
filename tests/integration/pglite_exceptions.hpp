/// The tests of "every engine" that are not for PGLite.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace poolguard::test {

/// A test that asks for what PGLite's socket server doesn't have. docs/runtime/engines.md shows the same table.
struct PgliteException {
  std::string_view test;  ///< suite and name, as "EngineTest.ATransactionCommits"
  std::string_view reason;
};

inline constexpr std::string_view kNoCancel = "nothing can interrupt a statement that PGLite runs";
inline constexpr std::string_view kNoListener = "there is no second session to listen on";
inline constexpr std::string_view kOneConnection = "nothing else runs while a transaction is open";

inline constexpr std::array kPgliteExceptions{
    PgliteException{"CancellationTest.ATimeoutEndsTheStatementOnTheServerToo", kNoCancel},
    PgliteException{"CancellationTest.AStopRequestEndsTheStatement", kNoCancel},
    PgliteException{"CancellationTest.ATimeoutInsideATransactionRollsItBack", kNoCancel},
    PgliteException{"WakeTest.AListenerHearsItsChannelAndEndsItsWaitOnTimeOrWhenItIsStopped", kNoListener},
    PgliteException{"WakeTest.EveryWayToAddAJobNotifiesItsQueueOnceAStatement", kNoListener},
    PgliteException{"WakeTest.InATransactionTheNotificationComesWithItsCommit", kNoListener},
    PgliteException{"WakeTest.WhatMakesAJobClaimableAgainNotifies", kNoListener},
    PgliteException{"WakeTest.AQueueWithALongNameCanBeNotified", kNoListener},
    PgliteException{"WakeTest.AnIdleWorkerStartsANewJobBecauseItIsNotified", kNoListener},
    PgliteException{"WakeTest.AFailedJobRunsAgainWhenItsBackOffIsOver", kNoListener},
    PgliteException{"WakeTest.ABurstOfNotificationsIsFoldedIntoOneClaim", kNoListener},
    PgliteException{"WakeTest.AWorkerWhoseListenerIsLostListensAgainAndFindsWhatItMissed", kNoListener},
    PgliteException{"WakeTest.AScheduleThatFiresNotifies", kNoListener},
    PgliteException{"WakeTest.AFlowNotifiesWhenItIsAddedAndWhenItsParentGoesOn", kNoListener},
    PgliteException{"WakeTest.AnEndNotifiesWhereItMakesRoomWithinALimit", kNoListener},
    PgliteException{"WakeTest.AnIdleWorkerStartsWhatALimitHeldBackWhenThereIsRoom", kNoListener},
    PgliteException{"LimitsTest.AClaimWhoseCountIsOlderThanItsLockTakesNothing", kOneConnection},
};

/// Why the test that is running is not for PGLite; empty: it is.
inline std::string_view not_on_pglite() {
  const testing::TestInfo& running = *testing::UnitTest::GetInstance()->current_test_info();
  const std::string_view suite = running.test_suite_name(), name = running.name();
  const std::string full = std::string(suite.substr(suite.find('/') + 1)) + "." + std::string(name.substr(0, name.find('/')));
  for (const PgliteException& exception : kPgliteExceptions) {
    if (exception.test == full) return exception.reason;
  }
  return {};
}

}  // namespace poolguard::test
