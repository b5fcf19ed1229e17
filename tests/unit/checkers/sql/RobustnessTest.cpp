//===- RobustnessTest.cpp ---------------------------------------*- C++ -*-===//
//
// Whatever the text and from however many threads: no crash, no state.
//
//===----------------------------------------------------------------------===//

#include <atomic>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "Render.h"

namespace poolguard::sql::test {

static std::string repeat(const std::string &Part, size_t Times) {
  std::string Result;
  Result.reserve(Part.size() * Times);
  for (size_t I = 0; I < Times; ++I)
    Result += Part;
  return Result;
}

TEST(Robustness, deepTextsAreRefusedOrRead) {
  EXPECT_FALSE(parse("SELECT " + repeat("1+", 1000) + "1").Error);
  EXPECT_EQ(parse("SELECT " + repeat("1+", 500000) + "1").Error, "nested too deep");
  EXPECT_EQ(parse("SELECT " + repeat("a||", 4000) + "1").Error, "nested too deep");
  EXPECT_TRUE(parse("SELECT " + repeat("(", 200000)).Error);
  EXPECT_TRUE(parse("SELECT " + repeat("NOT ", 100000) + "true").Error);
  EXPECT_TRUE(parse("SELECT 1 " + repeat("UNION ALL SELECT 1 ", 50000)).Error);
  EXPECT_FALSE(parse(repeat("SELECT * FROM (", 200) + "SELECT 1 FROM t" + repeat(") x", 200)).Error);
}

TEST(Robustness, longTexts) {
  EXPECT_EQ(parse("INSERT INTO t (a, b) VALUES (1, 2)" + repeat(", (3, 4)", 20000)).Statements.size(), 1u);
  EXPECT_EQ(parse(repeat("SELECT 1;", 20000)).Statements.size(), 20000u);
  EXPECT_EQ(
      parse("SELECT 1 FROM t WHERE a = 1" + repeat(" AND b = $1", 5000)).Statements.at(0).Queries.at(0).Where.size(),
      5001u);
  EXPECT_TRUE(parse("SELECT '" + repeat("x", 1 << 20) + "'").Error);
}

TEST(Robustness, manyHoles) {
  Facts F = parse(withHoles("SELECT 1 FROM t WHERE a IN (0" + repeat(", {}", 3000) + ") {} {}"));
  ASSERT_FALSE(F.Error) << *F.Error;
  EXPECT_EQ(F.Statements.at(0).Queries.at(0).Where.size(), 1u);
  EXPECT_TRUE(parse(withHoles(repeat("{} x ", 20000))).Error);
  EXPECT_FALSE(parse(withHoles("SELECT 1 FROM t WHERE x = 1" + repeat(" AND a = ?", 3000))).Error);
}

TEST(Robustness, textEndsAtNul) {
  Facts F = parse(llvm::StringRef("SELECT 1\0; LISTEN a", 19));
  EXPECT_EQ(render(F, "SELECT 1"), "select\n");
}

TEST(Robustness, bytesThatAreNotUtf8) {
  Facts F = parse("SELECT 1 FROM t WHERE a = '\xff\xfe' AND b = '\xc3'");
  ASSERT_FALSE(F.Error) << *F.Error;
  EXPECT_EQ(F.Statements.at(0).Queries.at(0).Where.size(), 2u);
  EXPECT_TRUE(parse("SELECT \xf0\x9f FRM \xff x \xc3").Error);
}

TEST(Robustness, unterminatedThings) {
  for (const char *Text : {"'",     "\"",    "$$",        "$a$ $b$", "/*",    "/* /* */",    "E'\\", "SELECT 'a",
                           "--",    "$",     "$1",        ":",       ":a",    "?",           "\x01", "'\x01",
                           "$\x01", "\x01$", "a\x01\x01", ".\x01.",  "U&'\\", "SELECT E'\\", "::",   "$\x01$"})
    parse(Text); // no crash
}

TEST(Robustness, garbage) {
  std::mt19937 Random(7);
  const std::vector<std::string> Words = {"SELECT", "FROM", "jobs", "WHERE", "=",  "(",  ")",      ",",   "'",
                                          "\"",     "$1",   "$$",   "\x01",  "?",  ":x", "UPDATE", "SET", "--",
                                          "/*",     "*/",   "\n",   ";",     "::", "IN", "\xc3",   "1",   "."};
  for (int I = 0; I < 200; ++I) {
    std::string Text;
    for (unsigned Length = Random() % 40; Length > 0; --Length)
      Text += Words[Random() % Words.size()] + (Random() % 2 ? " " : "");
    Facts F = parse(Text);
    EXPECT_LE(F.ErrorOffset, Text.size()) << Text;
    for (const Statement &S : F.Statements)
      for (const SessionUse &U : S.Session)
        EXPECT_LE(U.Offset + U.Length, Text.size()) << Text;
  }
}

/// The first bytes of a good text, and the text without one of its bytes.
TEST(Robustness, mutilatedTexts) {
  std::string Text =
      withHoles("WITH n AS (SELECT id FROM jobs_{} WHERE s = {} LIMIT 1 FOR UPDATE SKIP LOCKED) UPDATE jobs j SET s = "
                "'a', (b, c) = ($1, {}) FROM n WHERE (j.id, e) = (n.id, ?) {} RETURNING set_config('a', $2, false)");
  EXPECT_FALSE(parse(Text).Error);
  for (size_t I = 0; I < Text.size(); I += 3) {
    parse(Text.substr(0, I));
    parse(std::string(Text).erase(I, 1));
  }
}

TEST(Threads, parseAtOnce) {
  const std::vector<std::string> Texts = {"UPDATE jobs SET a = 1 WHERE id = $1 AND lock_epoch = $2", "SELECT FORM x y",
                                          withHoles("SELECT 1 FROM jobs_{} {} {}"), "SET x = 1; LISTEN a",
                                          "SELECT " + repeat("1+", 200) + "1"};
  std::vector<std::string> Expected;
  for (const std::string &T : Texts)
    Expected.push_back(render(parse(T), T));
  std::atomic<int> Wrong = 0;
  std::vector<std::thread> Threads;
  for (int T = 0; T < 6; ++T)
    Threads.emplace_back([&] {
      for (int I = 0; I < 20; ++I)
        for (size_t K = 0; K < Texts.size(); ++K)
          Wrong += render(parse(Texts[K]), Texts[K]) != Expected[K];
    });
  for (std::thread &T : Threads)
    T.join();
  EXPECT_EQ(Wrong, 0);
}

} // namespace poolguard::sql::test
