#include "worker/wedge_detector.hpp"

#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace poolguard;
using poolguard::detail::WedgeDetector;
using namespace std::chrono_literals;
using testing::HasSubstr;

namespace {

class WedgeDetectorTest : public testing::Test {
 protected:
  std::chrono::steady_clock::time_point now{1h};
  bool free_slot = true;
  std::optional<std::chrono::milliseconds> due;
  std::optional<std::string> error;
  int asked = 0;
  WedgeDetector detector{60s,
                         {.now = [this] { return now; },
                          .has_free_slot = [this] { return free_slot; },
                          .next_due =
                              [this] {
                                ++asked;
                                if (error) throw std::runtime_error(*error);
                                return due;
                              },
                          .lanes = [] { return std::string("lanes as they are"); }}};

  WorkerState state() {
    (void)detector.look();
    return detector.verdict().state;
  }
};

}  // namespace

TEST_F(WedgeDetectorTest, AWorkerThatMakesProgressIsNotAskedAbout) {
  for (int i = 0; i < 10; ++i) {
    now += 59s;
    EXPECT_EQ(state(), WorkerState::working);
    detector.progressed();
  }
  EXPECT_EQ(asked, 0);
}

TEST_F(WedgeDetectorTest, WorkThatWaitsWhileNothingIsClaimedIsAWedgeAndIsToldOnce) {
  now += 46s;
  due = -61s;
  EXPECT_EQ(state(), WorkerState::working) << "nothing was claimed for a while, but not for long";
  now += 15s;
  EXPECT_EQ(state(), WorkerState::working) << "it may have become claimable a moment ago: a limit may have held it back";
  now += 15s;
  const auto found = detector.look();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->state, WorkerState::wedged);
  EXPECT_FALSE(found->ok());
  EXPECT_THAT(found->reason, HasSubstr("due for 61 s, and nothing was claimed for 76 s"));
  EXPECT_THAT(found->reason, HasSubstr("lanes as they are"));
  now += 15s;
  EXPECT_FALSE(detector.look());
  EXPECT_EQ(detector.verdict().state, WorkerState::wedged);
  detector.progressed();
  EXPECT_EQ(detector.look()->state, WorkerState::working);
  EXPECT_FALSE(detector.look());
}

TEST_F(WedgeDetectorTest, NothingToDoIsNoWedge) {
  now += 1h;
  EXPECT_EQ(state(), WorkerState::working);
  due = 5s;
  EXPECT_EQ(state(), WorkerState::working) << "due later";
  due = -59s;
  EXPECT_EQ(state(), WorkerState::working) << "due, but not for long";
  EXPECT_EQ(asked, 3);
}

TEST_F(WedgeDetectorTest, AWorkerWithoutAFreeSlotHasNothingToClaimFor) {
  free_slot = false;
  due = -1h;
  now += 1h;
  EXPECT_EQ(state(), WorkerState::working);
  free_slot = true;
  now += 59s;
  EXPECT_EQ(state(), WorkerState::working) << "it has just become free";
  now += 2s;
  EXPECT_EQ(state(), WorkerState::working) << "seen once";
  EXPECT_EQ(state(), WorkerState::wedged);
}

TEST_F(WedgeDetectorTest, IfTheDatabaseCannotBeAskedItIsCutOff) {
  error = "no route to host";
  EXPECT_EQ(state(), WorkerState::working) << "not yet";
  now += 61s;
  EXPECT_EQ(state(), WorkerState::cut_off);
  EXPECT_THAT(detector.verdict().reason, HasSubstr("no route to host"));
  error.reset();
  due = -2min;
  EXPECT_EQ(state(), WorkerState::cut_off) << "seen once";
  EXPECT_EQ(state(), WorkerState::wedged) << "it can be asked again, and work waits";
}

TEST_F(WedgeDetectorTest, WorkThatIsSeenWaitingOnceAndThenNotIsNoWedge) {
  now += 61s;
  for (int i = 0; i < 5; ++i) {
    due = -61s;
    EXPECT_EQ(state(), WorkerState::working) << "its limit has just made room for it";
    due = {};
    EXPECT_EQ(state(), WorkerState::working) << "another worker has taken it, and the limit holds the others back";
  }
  due = -61s;
  EXPECT_EQ(state(), WorkerState::working);
  detector.progressed();
  EXPECT_EQ(state(), WorkerState::working);
  now += 61s;
  EXPECT_EQ(state(), WorkerState::working) << "what was seen before the progress says nothing";
}
