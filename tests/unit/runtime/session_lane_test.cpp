#include "connection/session_lane.hpp"

#include <gtest/gtest.h>

#include "poolguard/errors.hpp"

using namespace poolguard;
using detail::plan_session_lane;

namespace {

constexpr const char* kPooler = "postgres://postgres.ref:p@aws-0-eu.pooler.supabase.com:6543/postgres";

detail::SessionLanePlan plan(const std::string& url, std::optional<std::string> direct = {}, bool disabled = false) {
  ConnectionOptions options;
  options.url = url;
  options.direct_url = std::move(direct);
  options.disable_direct_pool = disabled;
  return plan_session_lane(options, ConnectionUrl::parse(url));
}

}  // namespace

TEST(SessionLanePlan, AnExplicitUrlIsHonouredWhateverThePrimaryLooksLike) {
  for (const char* primary : {kPooler, "postgres://localhost/db", "postgres://bouncer:6432/db"}) {
    const auto found = plan(primary, "postgres://u@bouncer-in-session-mode:6432/db");
    EXPECT_EQ(found.source, SessionSource::explicit_url);
    EXPECT_EQ(found.url.get("host"), "bouncer-in-session-mode");
  }
}

TEST(SessionLanePlan, ADirectUrlAtTheTransactionPoolerIsCorrected) {
  for (const char* direct : {kPooler, "postgres://postgres:p@db.ref.supabase.co:6543/postgres"}) {
    const auto found = plan("postgres://whatever/db", direct);
    EXPECT_EQ(found.source, SessionSource::corrected);
    EXPECT_EQ(found.url.get("host"), "db.ref.supabase.co");
    EXPECT_EQ(found.url.get("port"), "5432");
  }
}

TEST(SessionLanePlan, FallsBackToTheSessionModePoolerWhereThatIsKnown) {
  for (const auto& found : {plan(kPooler), plan("postgres://h/d", kPooler), plan(kPooler, "postgres://postgres:p@db.ref.supabase.co:6543/d")}) {
    ASSERT_TRUE(found.fallback);
    EXPECT_EQ(found.fallback->get("host"), "aws-0-eu.pooler.supabase.com");
    EXPECT_EQ(found.fallback->get("port"), "5432");
    EXPECT_EQ(found.fallback->get("user"), "postgres.ref");
  }
  EXPECT_FALSE(plan("postgres://h/d").fallback);
  EXPECT_FALSE(plan(kPooler, "postgres://given:5432/d").fallback) << "an explicit URL is honoured as it is";
}

TEST(SessionLanePlan, IsDerivedForSupabase) {
  const auto found = plan(kPooler);
  EXPECT_EQ(found.source, SessionSource::derived);
  EXPECT_EQ(found.url.get("host"), "db.ref.supabase.co");
  EXPECT_EQ(found.url.get("user"), "postgres");
}

TEST(SessionLanePlan, WhatCannotBeDerivedIsAnError) {
  EXPECT_THROW(plan("postgres://postgres:p@aws-0-eu.pooler.supabase.com:6543/postgres"), ConfigError);
  EXPECT_THROW(plan("postgres://h/d", "postgres://postgres:p@aws-0-eu.pooler.supabase.com:6543/postgres"), ConfigError);
}

TEST(SessionLanePlan, IsTheSameUrlElsewhere) { EXPECT_EQ(plan("postgres://h/d").source, SessionSource::same_url); }

TEST(SessionLanePlan, TheKillSwitchBeatsAnExplicitUrl) {
  EXPECT_EQ(plan("postgres://h/d", "postgres://i/d", true).source, SessionSource::disabled);
}
