#include "poolguard/connection_url.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "poolguard/errors.hpp"

using poolguard::ConfigError;
using poolguard::ConnectionUrl;
using testing::HasSubstr;
using testing::Not;

TEST(ConnectionUrl, ReadsBothForms) {
  for (const char* text : {"postgresql://ada:pw@db.example:6000/app", "host=db.example port=6000 user=ada password=pw dbname=app"}) {
    const ConnectionUrl url = ConnectionUrl::parse(text);
    EXPECT_EQ(url.get("host"), "db.example");
    EXPECT_EQ(url.get("port"), "6000");
    EXPECT_EQ(url.get("user"), "ada");
    EXPECT_EQ(url.get("password"), "pw");
    EXPECT_EQ(url.get("dbname"), "app");
    EXPECT_EQ(url.redacted(), "postgresql://ada:***@db.example:6000/app");
  }
}

TEST(ConnectionUrl, QuotesForLibpq) {
  ConnectionUrl url = ConnectionUrl::parse("host=h");
  url.set("password", R"(it's a \ one)");
  EXPECT_EQ(ConnectionUrl::parse(url.secret_conninfo()), url);
}

class Malformed : public testing::TestWithParam<const char*> {};

TEST_P(Malformed, IsATypedErrorThatNamesTheInputWithoutItsPassword) {
  try {
    (void)ConnectionUrl::parse(GetParam(), "POOLGUARD_DATABASE_URL");
    FAIL() << "taken: " << GetParam();
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.what(), HasSubstr("POOLGUARD_DATABASE_URL"));
    EXPECT_THAT(error.what(), Not(HasSubstr("hunter2")));
  }
}

INSTANTIATE_TEST_SUITE_P(Urls, Malformed,
                         testing::Values("", "   ", "nonsense", "postgres://u:hunter2%zz@h/db", "postgres://u:hunter2@h:port/db",
                                         "postgres://u:hunter2@h:99999/db", "host=h password='hunter2", "host=h nokeyword=1",
                                         "postgres://u:x/hunter2@h/db", "postgres://u@h/db?nosuch=1&password=hunter2",
                                         "host=h password=hunter2 junk"));

TEST(Supabase, TheTransactionPoolerIsRecognised) {
  EXPECT_TRUE(ConnectionUrl::parse("postgres://postgres.ref:p@aws-0-eu.pooler.supabase.com:6543/postgres").is_supabase_transaction_pooler());
  EXPECT_TRUE(ConnectionUrl::parse("postgres://postgres:p@db.ref.supabase.co:6543/postgres").is_supabase_transaction_pooler());
  EXPECT_FALSE(ConnectionUrl::parse("postgres://postgres.ref:p@aws-0-eu.pooler.supabase.com:5432/postgres").is_supabase_transaction_pooler());
  EXPECT_FALSE(ConnectionUrl::parse("postgres://u:p@example.com:6543/postgres").is_supabase_transaction_pooler());
  EXPECT_FALSE(ConnectionUrl::parse("postgres://u:p@pooler.supabase.com.evil:6543/x").is_supabase_transaction_pooler());
}

TEST(Supabase, TheDirectHostIsDerived) {
  const auto direct =
      ConnectionUrl::parse("postgres://postgres.abcref:p%40w@aws-0-eu.pooler.supabase.com:6543/postgres?sslmode=require")
          .derive_supabase_direct();
  ASSERT_TRUE(direct);
  EXPECT_EQ(direct->get("host"), "db.abcref.supabase.co");
  EXPECT_EQ(direct->get("port"), "5432");
  EXPECT_EQ(direct->get("user"), "postgres");
  EXPECT_EQ(direct->get("password"), "p@w");
  EXPECT_EQ(direct->get("sslmode"), "require");
}

TEST(Supabase, NothingIsDerivedWithoutAProjectInTheUser) {
  EXPECT_FALSE(ConnectionUrl::parse("postgres://postgres:p@aws-0-eu.pooler.supabase.com:6543/postgres").derive_supabase_direct());
  EXPECT_FALSE(ConnectionUrl::parse("postgres://u.ref:p@example.com:6543/postgres").derive_supabase_direct());
}
