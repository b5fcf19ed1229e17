#include "worker/renewal.hpp"

#include <future>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace poolguard;
using namespace poolguard::detail;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

constexpr LeaseKey kA{.id = 1, .epoch = 10};
constexpr LeaseKey kB{.id = 2, .epoch = 20};

/// A world of one thread, in which the test says what time it is and what the server answers.
class RenewalTest : public testing::Test {
 protected:
  using Keys = std::vector<LeaseKey>;
  Renewal::Clock::time_point now{};
  std::function<Keys(const Keys&)> renew = [](const Keys& keys) { return keys; };
  std::function<Keys(const Keys&)> verify = [](const Keys&) { return Keys{}; };
  std::vector<Keys> renewed, verified;
  std::vector<std::pair<LeaseKey, EvictReason>> evicted;
  Renewal renewal{30s,
                  {.now = [this] { return now; },
                   .renew = [this](const Keys& keys) { renewed.push_back(keys); return renew(keys); },
                   .verify = [this](const Keys& keys) { verified.push_back(keys); return verify(keys); },
                   .evict = [this](const LeaseKey& key, EvictReason reason) { evicted.emplace_back(key, reason); }}};
};

}  // namespace

TEST_F(RenewalTest, OneCallRenewsAllLeases) {
  renewal.hold(kA, now);
  renewal.hold(kB, now);
  const Beat beat = renewal.beat();
  EXPECT_EQ(beat.kind, Beat::Kind::renewed);
  EXPECT_EQ(beat.renewed, 2U);
  EXPECT_THAT(renewed, ElementsAre(ElementsAre(kA, kB)));
  EXPECT_THAT(evicted, IsEmpty());
}

TEST_F(RenewalTest, NothingHeldNothingCalled) {
  EXPECT_EQ(renewal.beat().kind, Beat::Kind::idle);
  EXPECT_THAT(renewed, IsEmpty());
}

TEST_F(RenewalTest, ALeaseEndsOneLeaseAfterItsClaimWasSent) {
  renewal.hold(kA, now);
  now += 30s - 1ms;
  EXPECT_EQ(renewal.evict_expired(), now + 1ms);
  EXPECT_THAT(evicted, IsEmpty());
  now += 1ms;
  EXPECT_EQ(renewal.evict_expired(), std::nullopt);
  EXPECT_THAT(evicted, ElementsAre(std::pair(kA, EvictReason::expired)));
  EXPECT_FALSE(renewal.holds(kA));
}

TEST_F(RenewalTest, ARenewalCountsFromWhenItWasSentNotFromItsAnswer) {
  renewal.hold(kA, now);
  const auto sent = now += 10s;
  renew = [this](const Keys& keys) { now += 5s; return keys; };
  renewal.beat();
  EXPECT_EQ(renewal.evict_expired(), sent + 30s);
}

TEST_F(RenewalTest, ALeaseMissingFromTheAnswerIsVerifiedBeforeItIsEvicted) {
  renewal.hold(kA, now);
  renewal.hold(kB, now);
  renew = [](const Keys&) { return Keys{kB}; };
  const Beat beat = renewal.beat();
  EXPECT_THAT(verified, ElementsAre(ElementsAre(kA)));
  EXPECT_THAT(evicted, ElementsAre(std::pair(kA, EvictReason::lost)));
  EXPECT_EQ(beat.lost, 1U);
  EXPECT_TRUE(renewal.holds(kB));
}

TEST_F(RenewalTest, ALeaseThatVerifiesIsKeptButNotExtended) {
  renewal.hold(kA, now);
  const auto end = now + 30s;
  now += 10s;
  renew = [](const Keys&) { return Keys{}; };
  verify = [](const Keys& keys) { return keys; };
  EXPECT_EQ(renewal.beat().lost, 0U);
  EXPECT_TRUE(renewal.holds(kA));
  EXPECT_EQ(renewal.evict_expired(), end);
}

TEST_F(RenewalTest, AnotherEpochDoesNotRenewTheLease) {
  renewal.hold(kA, now);
  renew = [](const Keys&) { return Keys{{.id = kA.id, .epoch = kA.epoch + 1}}; };
  renewal.beat();
  EXPECT_THAT(evicted, ElementsAre(std::pair(kA, EvictReason::lost)));
}

TEST_F(RenewalTest, AFailedCallIsNoVerdict) {
  renewal.hold(kA, now);
  now += 10s;
  renew = [](const Keys&) -> Keys { throw std::runtime_error("no network"); };
  const Beat beat = renewal.beat();
  EXPECT_EQ(beat.kind, Beat::Kind::failed);
  EXPECT_EQ(beat.error, "no network");
  EXPECT_TRUE(renewal.holds(kA));
  EXPECT_THAT(verified, IsEmpty());
  EXPECT_EQ(renewed.size(), 1U) << "never retried inside the beat";
}

TEST_F(RenewalTest, AFailedVerificationIsNoVerdict) {
  renewal.hold(kA, now);
  renew = [](const Keys&) { return Keys{}; };
  verify = [](const Keys&) -> Keys { throw 42; };
  EXPECT_EQ(renewal.beat().kind, Beat::Kind::failed);
  EXPECT_TRUE(renewal.holds(kA));
}

TEST_F(RenewalTest, FailedCallsEndInAHardEviction) {
  renewal.hold(kA, now);
  renew = [this](const Keys&) -> Keys { now += 5s; throw std::runtime_error("timeout"); };
  for (int i = 0; i < 3; ++i) {
    now += 5s;
    renewal.beat();
  }
  EXPECT_THAT(evicted, ElementsAre(std::pair(kA, EvictReason::expired)));
}

TEST_F(RenewalTest, AnExpiredLeaseIsNotRenewedAnyMore) {
  renewal.hold(kA, now);
  now += 31s;
  EXPECT_EQ(renewal.beat().kind, Beat::Kind::idle);
  EXPECT_THAT(renewed, IsEmpty()) << "its handler was told to stop: taking it up again would run it unwatched";
  EXPECT_THAT(evicted, ElementsAre(std::pair(kA, EvictReason::expired)));
}

TEST_F(RenewalTest, ALeaseThatIsDroppedDuringABeatIsNeitherExtendedNorEvicted) {
  renewal.hold(kA, now);
  renew = [this](const Keys&) { renewal.drop(kA); return Keys{}; };
  renewal.beat();
  EXPECT_FALSE(renewal.holds(kA));
  EXPECT_THAT(verified, IsEmpty());
  EXPECT_THAT(evicted, IsEmpty());
}

TEST_F(RenewalTest, ALeaseThatIsGoneWhileItsEndIsWrittenIsLetGoAndNobodyIsTold) {
  renewal.hold(kA, now);
  renewal.hold(kB, now);
  renewal.ending(kA);
  EXPECT_EQ(renewal.beat().renewed, 2U) << "it is renewed all the same";
  renew = verify = [](const Keys&) { return Keys{}; };
  EXPECT_EQ(renewal.beat().lost, 1U);
  EXPECT_THAT(evicted, ElementsAre(std::pair(kB, EvictReason::lost)));
  EXPECT_FALSE(renewal.holds(kA));
}

TEST_F(RenewalTest, ALeaseThatEndsWhileItsEndIsWrittenIsLetGoAndNobodyIsTold) {
  renewal.hold(kA, now);
  renewal.ending(kA);
  now += 30s;
  renewal.evict_expired();
  EXPECT_THAT(evicted, IsEmpty());
  EXPECT_FALSE(renewal.holds(kA));
}

TEST_F(RenewalTest, ABeatDoesNotOverlapAnotherOne) {
  renewal.hold(kA, now);
  Beat inner;
  renew = [&](const Keys& keys) { inner = renewal.beat(); return keys; };
  EXPECT_EQ(renewal.beat().kind, Beat::Kind::renewed);
  EXPECT_EQ(inner.kind, Beat::Kind::overlapped);
  EXPECT_EQ(renewed.size(), 1U);
  renew = [](const Keys& keys) { return keys; };
  EXPECT_EQ(renewal.beat().kind, Beat::Kind::renewed) << "the guard must open again";
}

TEST_F(RenewalTest, AHungBeatDoesNotDelayAnEviction) {
  std::promise<void> started, finish;
  renewal.hold(kA, now);
  renew = [&](const Keys&) -> Keys { started.set_value(); finish.get_future().wait(); throw std::runtime_error("cancelled"); };
  auto beat = std::async(std::launch::async, [this] { return renewal.beat(); });
  started.get_future().wait();
  now += 30s;
  renewal.evict_expired();
  EXPECT_THAT(evicted, ElementsAre(std::pair(kA, EvictReason::expired)));
  finish.set_value();
  EXPECT_EQ(beat.get().kind, Beat::Kind::failed);
  EXPECT_EQ(evicted.size(), 1U);
}
