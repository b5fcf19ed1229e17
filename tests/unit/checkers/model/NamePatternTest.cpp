#include "model/NamePattern.h"

#include <gtest/gtest.h>

using namespace poolguard;

namespace {

TEST(NamePattern, StarStandsForAnythingNamespacesIncluded) {
  EXPECT_TRUE(matchesPattern("app::*::execute", "app::Db::execute"));
  EXPECT_TRUE(matchesPattern("app::*::execute", "app::a::b::execute"));
  EXPECT_TRUE(matchesPattern("*", "anything::at::all"));
  EXPECT_TRUE(matchesPattern("app::*", "app::"));
  EXPECT_TRUE(matchesPattern("a*b*c", "aXbYbZc"));
  EXPECT_FALSE(matchesPattern("app::*::execute", "app::execute"));
  EXPECT_FALSE(matchesPattern("app::*::execute", "app::Db::execute_direct"));
  EXPECT_FALSE(matchesPattern("a*b*c", "aXbYbZ"));
}

TEST(NamePattern, OtherCharactersStandForThemselves) {
  EXPECT_TRUE(matchesPattern("app::It::operator[]", "app::It::operator[]"));
  EXPECT_TRUE(matchesPattern("app::F::operator()", "app::F::operator()"));
  EXPECT_FALSE(matchesPattern("app::It::operator[]", "app::It::operator"));
  EXPECT_FALSE(matchesPattern("app.Db", "app::Db"));
  EXPECT_FALSE(matchesPattern("a?", "ab"));
}

TEST(NamePattern, WithoutStarTheWholeNameMustBeEqual) {
  EXPECT_TRUE(matchesPattern("PQexec", "PQexec"));
  EXPECT_FALSE(matchesPattern("PQexec", "PQexecParams"));
  EXPECT_FALSE(matchesPattern("PQexec", "my::PQexec"));
  EXPECT_FALSE(matchesPattern("", "a"));
  EXPECT_TRUE(matchesPattern("", ""));
}

TEST(PathPattern, StarsAndFolders) {
  EXPECT_TRUE(matchesPath("src/db.cpp", "src/db.cpp"));
  EXPECT_TRUE(matchesPath("src/*.cpp", "src/db.cpp"));
  EXPECT_FALSE(matchesPath("src/*", "src/db/pool.cpp"));
  EXPECT_FALSE(matchesPath("src", "src/db.cpp"));
  EXPECT_TRUE(matchesPath("src/**", "src/db/pool.cpp"));
  EXPECT_TRUE(matchesPath("src/", "src/db/pool.cpp"));
  EXPECT_FALSE(matchesPath("src/**", "src2/pool.cpp"));
  EXPECT_TRUE(matchesPath("**/pool.cpp", "src/db/pool.cpp"));
  EXPECT_TRUE(matchesPath("**/pool.cpp", "pool.cpp"));
  EXPECT_FALSE(matchesPath("**/pool.cpp", "carpool.cpp"));
  EXPECT_TRUE(matchesPath("src/**/pool.cpp", "src/pool.cpp"));
  EXPECT_TRUE(matchesPath("src/**/pool.cpp", "src/a/b/pool.cpp"));
  EXPECT_TRUE(matchesPath("**", "a/b"));
  EXPECT_TRUE(matchesPath("a?.cpp", "ab.cpp"));
  EXPECT_FALSE(matchesPath("a?b", "a/b"));
  EXPECT_TRUE(matchesPath("a[1].cpp", "a[1].cpp"));
  EXPECT_FALSE(matchesPath("", "a"));
}

TEST(NamePattern, LastComponent) {
  EXPECT_EQ(lastComponent("app::Db::execute"), "execute");
  EXPECT_EQ(lastComponent("PQexec"), "PQexec");
  EXPECT_EQ(lastComponent("app::Key::operator std::string"), "operator std::string");
  EXPECT_EQ(lastComponent("app::F::operator()"), "operator()");
  EXPECT_EQ(lastComponent("app::*"), "*");
}

} // namespace
