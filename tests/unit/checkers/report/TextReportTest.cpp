#include <gtest/gtest.h>

#include "Fixtures.h"

using namespace poolguard;
using namespace poolguard::test;

namespace {

TEST(TextReport, LooksLikeClang) {
  EXPECT_EQ(project().report(Format::Text, routing()),
            "src/queue.cpp:2:6: warning: this claim reaches the server on the transaction lane; call 'execute_direct' "
            "[poolguard-lock-path-routing]\n"
            "    2 |         db->execute(sql);\n"
            "      |             ^\n"
            "src/db.cpp:1:1: note: 'claim' calls 'execute' here\n"
            "    1 | void execute();\n"
            "      | ^\n"
            "src/queue.cpp:2:6: fix-it: replace 'execute' with 'execute_direct'\n");
}

TEST(TextReport, NothingFoundIsNothingWritten) { EXPECT_EQ(project().report(Format::Text, {}), ""); }

TEST(TextReport, AFileThatCantBeReadHasItsPlaceAlone) {
  Finding F = routing();
  F.At.File = "/gone/x.cpp";
  F.Path.clear();
  F.Fixes = {
      {at("/gone/x.cpp", 1, 1), 4, "new"}, {at("/gone/x.cpp", 1, 1), 0, "more"}, {at("/gone/x.cpp", 1, 1), 2, ""}};
  EXPECT_EQ(project().report(Format::Text, F), "/gone/x.cpp:2:6: warning: " + F.Message +
                                                   " [poolguard-lock-path-routing]\n"
                                                   "/gone/x.cpp:1:1: fix-it: replace 4 bytes with 'new'\n"
                                                   "/gone/x.cpp:1:1: fix-it: insert 'more'\n"
                                                   "/gone/x.cpp:1:1: fix-it: remove 2 bytes\n");
}

TEST(TextReport, LineOrColumnOutsideTheFile) {
  Project P = project();
  Finding F;
  F.Check = "poolguard-x";
  F.Message = "m";
  F.At = at("/work/app/src/db.cpp", 99, 1);
  EXPECT_EQ(P.report(Format::Text, F), "src/db.cpp:99:1: warning: m [poolguard-x]\n");
  F.At = at("/work/app/src/db.cpp", 1, 99);
  EXPECT_EQ(P.report(Format::Text, F),
            "src/db.cpp:1:99: warning: m [poolguard-x]\n    1 | void execute();\n      | ^\n");
}

TEST(TextReport, AFindingAboutNoFile) {
  Finding F;
  F.Check = "poolguard-x";
  F.Message = "m";
  EXPECT_EQ(project().report(Format::Text, F), "poolguard: warning: m [poolguard-x]\n");
}

TEST(TextReport, TheCaretStandsUnderWideCharacters) {
  Project P;
  P.add("/work/app/a.cpp", "f(\"\xC3\xA9\xE6\x97\xA5\", x);\n"); // é is one column, 日 is two
  Finding F;
  F.Check = "poolguard-x";
  F.Message = "m";
  F.At = at("/work/app/a.cpp", 1, 12); // x
  EXPECT_EQ(P.report(Format::Text, F), "a.cpp:1:12: warning: m [poolguard-x]\n"
                                       "    1 | f(\"\xC3\xA9\xE6\x97\xA5\", x);\n"
                                       "      |          ^\n");
}

TEST(TextReport, NothingInTheSourceSteersTheTerminal) {
  Project P;
  P.add("/work/app/a.cpp", "\x1b[2J\xff \xE2\x80\xAE x\n");
  Finding F;
  F.Check = "poolguard-x";
  F.Message = "bad \x1b[31m name";
  F.At = at("/work/app/a.cpp", 1, 1);
  std::string Out = P.report(Format::Text, F);
  EXPECT_EQ(Out.find('\x1b'), std::string::npos);
  EXPECT_NE(Out.find("<U+001B>[2J<FF> <U+202E> x"), std::string::npos) << Out;
  EXPECT_NE(Out.find("bad <U+001B>[31m name"), std::string::npos) << Out;
}

TEST(TextReport, ColourOnlyWhenAsked) {
  Project P = project();
  EXPECT_EQ(P.report(Format::Text, routing()).find('\x1b'), std::string::npos);
  P.Context.Colour = true;
  std::string Out = P.report(Format::Text, routing());
  EXPECT_NE(Out.find("\x1b[0;1;35mwarning: \x1b[0m"), std::string::npos);
  EXPECT_NE(Out.find("\x1b[0;1;32m^\x1b[0m\n"), std::string::npos);
}

} // namespace
