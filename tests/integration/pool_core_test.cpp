/// How long a pool keeps a connection, and when it asks whether one still works.
#include "connection/pool_core.hpp"

#include <mutex>
#include <thread>

#include <gmock/gmock.h>

#include "fixtures.hpp"
#include "poolguard/errors.hpp"
#include "support/eventually.hpp"

using namespace poolguard;
using namespace poolguard::test;
using namespace std::chrono_literals;
using poolguard::detail::PoolCore;
using poolguard::detail::PoolSettings;
using poolguard::detail::Turn;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

namespace {

class PoolCoreTest : public testing::Test {
 protected:
  TestCluster cluster{{"log_statement=all"}};
  detail::Watchdog watchdog{100ms};
  std::string url = cluster.url();
  std::chrono::steady_clock::time_point now{1h};
  int made = 0;

  std::shared_ptr<PoolCore> pool(std::chrono::milliseconds max_lifetime, std::chrono::milliseconds validate_after, std::size_t size = 1,
                                 std::size_t kept_for_renewals = 0) {
    return std::make_shared<PoolCore>(PoolSettings{.name = "test",
                                                   .size = size,
                                                   .kept_for_renewals = kept_for_renewals,
                                                   .max_lifetime = max_lifetime,
                                                   .validate_after = validate_after,
                                                   .validate_timeout = 2s,
                                                   .now = [this] { return now; }},
                                      [this] {
                                        ++made;
                                        return std::make_unique<detail::PgConnection>(ConnectionUrl::parse(url), watchdog);
                                      });
  }
  static void use(PoolCore& pool) { (void)pool.acquire({}).connection().execute("SELECT 2", {}, {}); }
};

}  // namespace

TEST_F(PoolCoreTest, AConnectionThatIsTooOldIsNotHandedOut) {
  const auto core = pool(10min, 0ms);
  use(*core);
  now += 7min;
  use(*core);
  EXPECT_EQ(made, 1) << "younger than the lifetime less a fifth";
  now += 3min;
  use(*core);
  EXPECT_EQ(made, 2);
  EXPECT_EQ(core->stats().open, 1U);
}

TEST_F(PoolCoreTest, AConnectionThatGetsTooOldOnLoanIsNotTakenBackAndIsNotCut) {
  const auto core = pool(10min, 0ms);
  {
    const auto loan = core->acquire({});
    now += 20min;
    EXPECT_EQ(loan.connection().execute("SELECT 1 AS n", {}, {}).number(0, "n"), 1);
  }
  EXPECT_EQ(core->stats().open, 0U);
}

TEST_F(PoolCoreTest, ConnectionsThatWereMadeTogetherDoNotEndTogether) {
  constexpr std::size_t kSize = 24;
  const auto core = pool(10min, 0ms, kSize);
  {
    std::vector<detail::Loan> loans;
    for (std::size_t i = 0; i < kSize; ++i) loans.push_back(core->acquire({}));
    now += 9min;
  }
  EXPECT_GT(core->stats().open, 0U);
  EXPECT_LT(core->stats().open, kSize);
}

TEST_F(PoolCoreTest, WithoutALimitAConnectionIsKept) {
  const auto core = pool(0ms, 0ms);
  use(*core);
  now += 1000h;
  use(*core);
  EXPECT_EQ(made, 1);
}

TEST_F(PoolCoreTest, OneThatWasIdleForLongIsValidatedAndAHotOneIsNot) {
  const auto core = pool(0ms, 30s);
  use(*core);
  now += 30s;
  use(*core);
  EXPECT_THAT(cluster.log(), Not(HasSubstr("SELECT 1")));
  now += 31s;
  use(*core);
  EXPECT_THAT(cluster.log(), HasSubstr("SELECT 1"));
  EXPECT_EQ(made, 1) << "it works, so it is kept";
}

TEST_F(PoolCoreTest, OneThatDoesNotAnswerIsReplaced) {
  const PgBouncerProcess bouncer(cluster);
  url = bouncer.url();
  const auto core = pool(0ms, 30s);
  use(*core);
  bouncer.freeze();
  url = cluster.url();
  now += 31s;
  use(*core);
  EXPECT_EQ(made, 2);
  EXPECT_EQ(core->stats().open, 1U);
}

TEST_F(PoolCoreTest, AStopRequestEndsAValidation) {
  const PgBouncerProcess bouncer(cluster);
  url = bouncer.url();
  const auto core = pool(0ms, 30s);
  use(*core);
  bouncer.freeze();
  now += 31s;
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THROW((void)core->acquire({.timeout = {}, .stop = stop.get_token()}), StatementCancelledError);
  EXPECT_EQ(core->stats().open, 0U);
}

TEST_F(PoolCoreTest, WhatIsKeptForRenewalsIsHadByThemOnly) {
  const auto core = pool(0ms, 0ms, 3, 1);
  const ExecuteOptions at_once{.timeout = 1ms, .stop = {}};
  const auto nobody_has_room = [&] {
    try {
      (void)core->acquire(at_once);
      ADD_FAILURE() << "the last connection is kept";
    } catch (const PoolTimeoutError& error) {
      EXPECT_THAT(error.what(), HasSubstr("1 kept for renewals"));
    }
  };
  auto first = std::make_optional(core->acquire({}));
  const auto second = core->acquire({});
  nobody_has_room();
  {
    const auto renewal = core->acquire(at_once, Turn::renewal);
    EXPECT_THROW((void)core->acquire(at_once, Turn::renewal), PoolTimeoutError) << "it is theirs, but it is one";
    first.reset();
    first.emplace(core->acquire({}));  // a renewal takes nothing of the others' share
    nobody_has_room();
  }
  nobody_has_room();
  core->abandon(first->connection());
  (void)core->acquire({});
}

TEST_F(PoolCoreTest, OfOneConnectionRenewalsAreTheNextToHaveIt) {
  const auto core = pool(0ms, 0ms);
  std::mutex mutex;
  std::vector<std::string> order;
  const auto wait_for_it = [&](std::string who, Turn turn) {
    return std::jthread([&, turn, who = std::move(who)] {
      const auto loan = core->acquire({.timeout = 20s, .stop = {}}, turn);
      const std::lock_guard lock(mutex);
      order.push_back(who);
    });
  };
  std::vector<std::jthread> waiting;
  {
    const auto loan = core->acquire({});
    waiting.push_back(wait_for_it("in line", Turn::in_line));
    ASSERT_TRUE(eventually(20s, [&] { return core->stats().waiting == 1; }));
    waiting.push_back(wait_for_it("ahead", Turn::ahead));
    ASSERT_TRUE(eventually(20s, [&] { return core->stats().waiting == 2; }));
    waiting.push_back(wait_for_it("renewal", Turn::renewal));
    ASSERT_TRUE(eventually(20s, [&] { return core->stats().waiting == 3; }));
  }
  waiting.clear();
  EXPECT_THAT(order, ElementsAre("renewal", "ahead", "in line"));
}

TEST_F(PoolCoreTest, WindingDownItKeepsNothingAndStillLends) {
  const auto core = pool(0ms, 0ms, 2);
  use(*core);
  {
    const auto loan = core->acquire({});
    (void)core->acquire({});
    EXPECT_EQ(core->stats().open, 2U);
    core->wind_down();
    EXPECT_EQ(core->stats().open, 1U);
  }
  EXPECT_EQ(core->stats().open, 0U);
  use(*core);
  EXPECT_EQ(core->stats().open, 0U);
}
