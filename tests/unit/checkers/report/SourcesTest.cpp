#include "report/Sources.h"

#include <gtest/gtest.h>

#include "Fixtures.h"

using namespace poolguard;
using namespace poolguard::test;

namespace {

TEST(Sources, NamesAreRelativeToTheRoot) {
  Project P;
  EXPECT_EQ(Sources(P.Context).name("/work/app/src/a.cpp"), "src/a.cpp");
  EXPECT_EQ(Sources(P.Context).name("/work/app/src/../b.cpp"), "b.cpp");
  EXPECT_EQ(Sources(P.Context).name("/work/application/a.cpp"), "/work/application/a.cpp");
  EXPECT_EQ(Sources(P.Context).name("/usr/include/x.h"), "/usr/include/x.h");
  EXPECT_EQ(Sources(P.Context).name("src/a.cpp"), "src/a.cpp");
  P.Context.Root = "/work/app/";
  EXPECT_EQ(Sources(P.Context).name("/work/app/src/a.cpp"), "src/a.cpp");
  P.Context.Root = "/";
  EXPECT_EQ(Sources(P.Context).name("/a.cpp"), "a.cpp");
  P.Context.Root = "";
  EXPECT_EQ(Sources(P.Context).name("/a.cpp"), "/a.cpp");
}

TEST(Sources, LinesWithAnyEnd) {
  Project P;
  P.add("/work/app/a.cpp", "one\r\ntwo\n\nfour");
  Sources Files(P.Context);
  EXPECT_EQ(Files.line("/work/app/a.cpp", 1), "one");
  EXPECT_EQ(Files.line("/work/app/a.cpp", 2), "two");
  EXPECT_EQ(Files.line("/work/app/a.cpp", 3), "");
  EXPECT_EQ(Files.line("/work/app/a.cpp", 4), "four");
  EXPECT_EQ(Files.line("a.cpp", 4), "four");
  EXPECT_FALSE(Files.line("/work/app/a.cpp", 5));
  EXPECT_FALSE(Files.line("/work/app/a.cpp", 0));
  EXPECT_FALSE(Files.line("/work/app/none.cpp", 1));
}

TEST(Sources, PlaceOfAnOffset) {
  Project P;
  P.add("/work/app/a.cpp", "ab\nc\n");
  Sources Files(P.Context);
  EXPECT_EQ(Files.place("/work/app/a.cpp", 0), std::pair(1u, 1u));
  EXPECT_EQ(Files.place("/work/app/a.cpp", 2), std::pair(1u, 3u));
  EXPECT_EQ(Files.place("/work/app/a.cpp", 3), std::pair(2u, 1u));
  EXPECT_EQ(Files.place("/work/app/a.cpp", 5), std::pair(3u, 1u));
  EXPECT_FALSE(Files.place("/work/app/a.cpp", 6));
}

TEST(Sources, ReplacedTextStaysInsideTheFile) {
  Project P;
  P.add("/work/app/a.cpp", "abc");
  Sources Files(P.Context);
  EXPECT_EQ(Files.replaced({at("/work/app/a.cpp", 1, 2, 1), 2, ""}), "bc");
  EXPECT_FALSE(Files.replaced({at("/work/app/a.cpp", 1, 2, 1), 3, ""}));
  EXPECT_FALSE(Files.replaced({at("/work/app/a.cpp", 1, 2, 9), 1, ""}));
}

} // namespace
