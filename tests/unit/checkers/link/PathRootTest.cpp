#include "link/PathRoot.h"

#include <gtest/gtest.h>

using poolguard::PathRoot;

TEST(PathRoot, WhatLiesBelowIsRelative) {
  PathRoot Root("/work/app");
  EXPECT_EQ(Root.stored("/work/app/src/a.cpp"), "src/a.cpp");
  EXPECT_EQ(Root.absolute("src/a.cpp"), "/work/app/src/a.cpp");
}

TEST(PathRoot, WhatLiesBesideIsRelativeToo) {
  PathRoot Root("/work/app");
  EXPECT_EQ(Root.stored("/work/library/b.h"), "../library/b.h");
  EXPECT_EQ(Root.absolute("../library/b.h"), "/work/library/b.h");
  EXPECT_EQ(Root.stored("/work/application/c.h"), "../application/c.h") << "a longer name isn't below";
}

TEST(PathRoot, TheSystemsPathsAreTheSameEverywhere) {
  PathRoot Root("/work/app");
  EXPECT_EQ(Root.stored("/usr/include/pqxx/pqxx"), "/usr/include/pqxx/pqxx");
  EXPECT_EQ(Root.absolute("/usr/include/pqxx/pqxx"), "/usr/include/pqxx/pqxx");
}

TEST(PathRoot, WithoutARootPathsStayAsTheyAre) {
  PathRoot None("");
  EXPECT_EQ(None.stored("/work/a.cpp"), "/work/a.cpp");
  EXPECT_EQ(None.absolute("a.cpp"), "a.cpp");
  EXPECT_EQ(PathRoot("/work").stored(""), "");
}
