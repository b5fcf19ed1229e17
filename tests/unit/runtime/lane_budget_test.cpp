#include "connection/lane_budget.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace poolguard;
using poolguard::detail::reckon;
using poolguard::detail::ServerLimits;
using testing::HasSubstr;
using testing::Not;

namespace {

ConnectionOptions pools(std::size_t transaction, std::size_t session, std::size_t processes) {
  ConnectionOptions options;
  options.transaction_pool_size = transaction;
  options.session_pool_size = session;
  options.processes = processes;
  return options;
}

constexpr ServerLimits kServer{.max_connections = 100, .reserved = 3};

}  // namespace

TEST(LaneBudget, CountsBothPoolsAndAListenerOfEveryProcess) {
  EXPECT_EQ(reckon(pools(10, 3, 6), kServer, false, false).needed(), 6 * 14);
  EXPECT_TRUE(reckon(pools(10, 3, 6), kServer, false, false).fits());
  EXPECT_FALSE(reckon(pools(10, 3, 7), kServer, false, false).fits());
}

TEST(LaneBudget, WhatIsReservedIsNotForUsUnlessWeAreSuperuser) {
  EXPECT_EQ(reckon(pools(10, 3, 1), kServer, false, false).allowed, 97);
  ServerLimits limits = kServer;
  limits.superuser = true;
  limits.role_limit = 5;
  EXPECT_EQ(reckon(pools(10, 3, 1), limits, false, false).allowed, 100);
}

TEST(LaneBudget, TheTightestLimitCountsAndIsNamed) {
  ServerLimits limits = kServer;
  limits.role_limit = 20;
  limits.database_limit = 13;
  const LaneBudget budget = reckon(pools(10, 3, 1), limits, false, false);
  EXPECT_FALSE(budget.fits());
  EXPECT_THAT(budget.text(), HasSubstr("14 of 13 connections that the database's CONNECTION LIMIT (13) leaves"));
  limits.database_limit = 200;
  EXPECT_THAT(reckon(pools(10, 3, 1), limits, false, false).limit, HasSubstr("role"));
}

TEST(LaneBudget, BehindAPoolerOnlyTheSessionLaneIsCountedAndTheTextSaysSo) {
  const LaneBudget pooled = reckon(pools(500, 3, 10), kServer, true, false);
  EXPECT_EQ(pooled.needed(), 40);
  EXPECT_THAT(pooled.text(), HasSubstr("can't be seen from here"));
  EXPECT_EQ(reckon(pools(500, 3, 10), kServer, true, true).needed(), 0);
  const LaneBudget direct = reckon(pools(10, 3, 2), kServer, false, true);
  EXPECT_EQ(direct.needed(), 26) << "degraded: no listener";
  EXPECT_THAT(direct.text(), Not(HasSubstr("pooler")));
}
