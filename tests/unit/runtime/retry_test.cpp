#include "poolguard/retry.hpp"

#include <string>
#include <type_traits>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include "poolguard/errors.hpp"

using namespace poolguard;
using namespace std::chrono_literals;
using testing::ElementsAre;

namespace {

RetrySettings settings(std::vector<std::chrono::milliseconds>* pauses = nullptr) {
  RetrySettings settings;
  settings.random = [] { return 0.5; };
  settings.wait = [pauses](std::chrono::milliseconds pause, const std::stop_token& stop) {
    if (pauses != nullptr) pauses->push_back(pause);
    return !stop.stop_requested();
  };
  return settings;
}

SqlError sql(const char* state) { return SqlError("no", state, "SELECT 1"); }

/// An exception of libpqxx: some of 7's want the statement too.
template <class Exception>
Exception thrown() {
  if constexpr (std::is_constructible_v<Exception, std::string>) return Exception(std::string("x"));
  else return Exception(std::string("x"), std::string("SELECT 1"));
}

}  // namespace

TEST(Classify, BySqlState) {
  for (const char* state : {"40001", "40P01", "55P03", "53300", "57P03", "08001", "08004"}) {
    EXPECT_EQ(classify(sql(state)), FailureKind::transient) << state;
  }
  for (const char* state : {"08006", "08003", "57P01", "57P02", "58030"}) EXPECT_EQ(classify(sql(state)), FailureKind::lost) << state;
  EXPECT_EQ(classify(sql("40003")), FailureKind::in_doubt);
  for (const char* state : {"", "23505", "42P01", "22P02", "57014", "25006"}) EXPECT_EQ(classify(sql(state)), FailureKind::permanent) << state;
}

TEST(Classify, ByOurTypes) {
  EXPECT_EQ(classify(InDoubtError("x")), FailureKind::in_doubt);
  EXPECT_EQ(classify(StatementTimeoutError("x", 1s, true)), FailureKind::in_doubt);
  EXPECT_EQ(classify(StatementTimeoutError("x", 1s, false)), FailureKind::transient);
  EXPECT_EQ(classify(StatementCancelledError("x", true)), FailureKind::in_doubt);
  EXPECT_EQ(classify(StatementCancelledError("x", false)), FailureKind::permanent);
  EXPECT_EQ(classify(PoolTimeoutError("x")), FailureKind::transient);
  EXPECT_EQ(classify(PoolClosedError("x")), FailureKind::permanent);
  EXPECT_EQ(classify(ConnectError("x")), FailureKind::transient);
  EXPECT_EQ(classify(ConnectionError("x")), FailureKind::lost);
  EXPECT_EQ(classify(ConfigError("x")), FailureKind::permanent);
  EXPECT_EQ(classify(std::runtime_error("x")), FailureKind::permanent);
}

TEST(Classify, ByLibpqxxTypes) {
  EXPECT_EQ(classify(pqxx::in_doubt_error("x")), FailureKind::in_doubt);
  EXPECT_EQ(classify(thrown<pqxx::statement_completion_unknown>()), FailureKind::in_doubt) << "though it derives from transaction_rollback";
  EXPECT_EQ(classify(thrown<pqxx::serialization_failure>()), FailureKind::transient);
  EXPECT_EQ(classify(thrown<pqxx::deadlock_detected>()), FailureKind::transient);
  EXPECT_EQ(classify(pqxx::too_many_connections("x")), FailureKind::transient);
  EXPECT_EQ(classify(pqxx::broken_connection("x")), FailureKind::lost);
  EXPECT_EQ(classify(pqxx::unique_violation("x")), FailureKind::permanent);
}

TEST(WithRetry, ReturnsWhatTheWorkReturnsOnceItDoes) {
  std::vector<std::chrono::milliseconds> pauses;
  int calls = 0;
  const int got = with_retry(settings(&pauses), [&] {
    if (++calls < 3) throw sql("40001");
    return 7;
  });
  EXPECT_EQ(got, 7);
  EXPECT_EQ(calls, 3);
  // From 50 to three times the one before, half way: 50 + (150 - 50) / 2, then 50 + (300 - 50) / 2.
  EXPECT_THAT(pauses, ElementsAre(100ms, 175ms));
}

TEST(WithRetry, PausesNeverExceedTheirMost) {
  std::vector<std::chrono::milliseconds> pauses;
  RetrySettings bounded = settings(&pauses);
  bounded.most = 120ms;
  EXPECT_THROW(with_retry(bounded, [] { throw sql("40P01"); }), SqlError);
  EXPECT_THAT(pauses, ElementsAre(100ms, 120ms, 120ms));
}

TEST(WithRetry, GivesUpAfterItsAttemptsWithTheLastError) {
  int calls = 0;
  try {
    with_retry(settings(), [&] { throw SqlError(std::to_string(++calls), "40001", ""); });
    FAIL();
  } catch (const SqlError& error) {
    EXPECT_STREQ(error.what(), "4");
  }
  EXPECT_EQ(calls, 4);
}

TEST(WithRetry, WhatIsInDoubtPermanentOrLostIsThrownAtOnce) {
  int calls = 0;
  EXPECT_THROW(with_retry(settings(), [&] { ++calls; throw InDoubtError("x"); }), InDoubtError);
  EXPECT_THROW(with_retry(settings(), [&] { ++calls; throw sql("23505"); }), SqlError);
  EXPECT_THROW(with_retry(settings(), [&] { ++calls; throw ConnectionError("x"); }), ConnectionError);
  EXPECT_THROW(with_retry(settings(), [&] { ++calls; throw 42; }), int);
  EXPECT_EQ(calls, 4) << "once each";
}

TEST(WithRetry, RepeatableWorkIsRetriedAfterALostConnectionButNeverInDoubt) {
  RetrySettings repeatable = settings();
  repeatable.repeatable = true;
  int calls = 0;
  EXPECT_NO_THROW(with_retry(repeatable, [&] { if (++calls < 2) throw ConnectionError("x"); }));
  EXPECT_EQ(calls, 2);
  EXPECT_THROW(with_retry(repeatable, [&] { ++calls; throw InDoubtError("x"); }), InDoubtError);
  EXPECT_EQ(calls, 3);
}

TEST(WithRetry, AStopRequestEndsItWithTheLastError) {
  std::stop_source stop;
  RetrySettings stoppable = settings();
  stoppable.stop = stop.get_token();
  int calls = 0;
  EXPECT_THROW(with_retry(stoppable, [&] {
    if (++calls == 2) stop.request_stop();
    throw sql("40001");
  }),
               SqlError);
  EXPECT_EQ(calls, 2);
}

TEST(WithRetry, AStopRequestEndsARealPause) {
  std::stop_source stop;
  RetrySettings patient;
  patient.least = patient.most = 1h;
  patient.stop = stop.get_token();
  patient.on_retry = [&](const RetryNotice& notice) {
    EXPECT_EQ(notice.attempt, 1);
    EXPECT_EQ(notice.kind, FailureKind::transient);
    stop.request_stop();
  };
  EXPECT_THROW(with_retry(patient, [] { throw sql("40001"); }), SqlError);
}

TEST(WithRetry, SettingsThatCannotBeAreRefusedBeforeTheFirstCall) {
  const auto refused = [](void (*spoil)(RetrySettings&)) {
    RetrySettings bad = settings();
    spoil(bad);
    int calls = 0;
    EXPECT_THROW(with_retry(bad, [&] { ++calls; }), ConfigError);
    EXPECT_EQ(calls, 0);
  };
  refused([](RetrySettings& bad) { bad.attempts = 0; });
  refused([](RetrySettings& bad) { bad.attempts = 101; });
  refused([](RetrySettings& bad) { bad.least = 0ms; });
  refused([](RetrySettings& bad) { bad.most = 1ms; });
  refused([](RetrySettings& bad) { bad.most = 2h; });
}
