#include "report/Nolint.h"

#include <gtest/gtest.h>

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

using namespace poolguard;

namespace {

constexpr const char *Check = "poolguard-dsn-in-log";

class NolintTest : public testing::Test {
protected:
  std::string Path, Text;
  Nolint Comments;

  void write(const std::string &T) {
    Text = T;
    llvm::SmallString<128> Name;
    int Fd = -1;
    ASSERT_FALSE(llvm::sys::fs::createTemporaryFile("nolint", "cpp", Fd, Name));
    Path = std::string(Name);
    llvm::raw_fd_ostream(Fd, /*shouldClose=*/true) << Text;
  }
  void TearDown() override { llvm::sys::fs::remove(Path); }

  /// The place of the first `What` in the file.
  Location at(const std::string &What) const {
    Location L;
    size_t Offset = Text.find(What);
    L.File = Path;
    L.Offset = static_cast<unsigned>(Offset);
    L.Line = 1 + static_cast<unsigned>(std::count(Text.begin(), Text.begin() + static_cast<long>(Offset), '\n'));
    L.Column = L.Offset + 1;
    return L;
  }
  bool hides(const std::string &What, const std::string &Of = Check) {
    Finding F;
    F.Check = Of;
    F.At = at(What);
    return Comments.hides(F);
  }
};

TEST_F(NolintTest, NamesAreThoseOfClangTidy) {
  write("a(); // NOLINT\nb(); // NOLINT(poolguard-dsn-in-log)\nc(); // NOLINT(other)\nd(); // NOLINT(other, "
        "poolguard-*)\n"
        "e(); // NOLINT(poolguard-*,-poolguard-dsn-in-log)\nf(); // NOLINTED\ng(); // NOLINT()\n");
  EXPECT_TRUE(hides("a()"));
  EXPECT_TRUE(hides("b()"));
  EXPECT_FALSE(hides("c()"));
  EXPECT_TRUE(hides("d()"));
  EXPECT_FALSE(hides("e()"));
  EXPECT_TRUE(hides("e()", "poolguard-no-double-retry"));
  EXPECT_FALSE(hides("f()"));
  EXPECT_FALSE(hides("g()"));
}

TEST_F(NolintTest, NextLineAndBlocks) {
  write("// NOLINTNEXTLINE(poolguard-*)\na();\nb();\n"
        "// NOLINTBEGIN(poolguard-*)\nc();\n// NOLINTBEGIN(x)\nd();\n// NOLINTEND(x)\n// NOLINTEND(poolguard-*)\ne();\n"
        "// NOLINTBEGIN(poolguard-*)\nf();\n// NOLINTEND\n");
  EXPECT_TRUE(hides("a()"));
  EXPECT_FALSE(hides("b()"));
  EXPECT_TRUE(hides("c()"));
  EXPECT_TRUE(hides("d()"));
  EXPECT_FALSE(hides("e()"));
  EXPECT_FALSE(hides("f()")) << "the end names other checks: no block";
}

TEST_F(NolintTest, AFileThatIsGoneHidesNothing) {
  write("a(); // NOLINT\n");
  llvm::sys::fs::remove(Path);
  EXPECT_FALSE(hides("a()"));
}

TEST_F(NolintTest, OfNoUse) {
  write("a(); // NOLINT(poolguard-dsn-in-log)\n");
  std::vector<Location> Markers{at("NOLINT"), at("NOLINT")};
  ASSERT_EQ(Comments.mistakes(Markers, {"dsn-in-log"}, true).size(), 1u);
  EXPECT_TRUE(Comments.mistakes(Markers, {"dsn-in-log"}, false).empty());
  EXPECT_TRUE(Comments.mistakes(Markers, {"no-double-retry"}, true).empty());
  EXPECT_TRUE(Comments.mistakes({}, {"dsn-in-log"}, true).empty()) << "nobody compiled that code";
  EXPECT_TRUE(hides("a()"));
  EXPECT_TRUE(Comments.mistakes(Markers, {"dsn-in-log"}, true).empty());
}

} // namespace
