#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "poolguard/errors.hpp"
#include "poolguard/events.hpp"

using namespace poolguard;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

namespace {

class JsonLinesTest : public testing::Test {
 protected:
  std::filesystem::path file = testing::TempDir() + "/poolguard-events-" + std::to_string(::getpid()) + "-" +
                               testing::UnitTest::GetInstance()->current_test_info()->name();
  ~JsonLinesTest() override { std::filesystem::remove(file); }
  std::vector<json> lines() const {
    std::ifstream in(file);
    std::vector<json> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(json::parse(line));
    return lines;
  }
};

}  // namespace

TEST_F(JsonLinesTest, OneObjectALineWithTheseKeys) {
  const EventSink sink = json_lines_sink(file);
  emit(sink, Level::warning, "lane.degraded", "two\nlines and a \"quote\"");
  emit(sink, Level::debug, "not.this", "below the least level");
  ASSERT_EQ(lines().size(), 1U);
  const json line = lines().front();
  EXPECT_EQ(line["level"], "warning");
  EXPECT_EQ(line["event"], "lane.degraded");
  EXPECT_EQ(line["message"], "two\nlines and a \"quote\"");
  EXPECT_EQ(line["pid"], ::getpid());
  EXPECT_TRUE(testing::Matches(testing::MatchesRegex("....-..-..T..:..:..[.]...Z"))(line["time"].get<std::string>())) << line;
  EXPECT_EQ(line.size(), 5U);
}

TEST_F(JsonLinesTest, ShowsNoPasswordAndTakesWhatIsNotUtf8) {
  const EventSink sink = json_lines_sink(file);
  emit(sink, Level::error, "x", "postgresql://u:tops3cret@h/d password=tops3cret \xff");
  ASSERT_EQ(lines().size(), 1U);
  EXPECT_THAT(lines().front().dump(), Not(HasSubstr("tops3cret")));
}

TEST_F(JsonLinesTest, AppendsAndKeepsTheLinesOfThreadsApart) {
  constexpr int kThreads = 4, kLines = 200;
  for (int i = 0; i < 2; ++i) {
    const EventSink sink = json_lines_sink(file);
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&] {
        for (int n = 0; n < kLines; ++n) emit(sink, Level::info, "x", std::string(300, 'm'));
      });
    }
  }
  EXPECT_EQ(lines().size(), 2U * kThreads * kLines);
}

TEST_F(JsonLinesTest, AFileThatCannotBeOpenedIsAConfigError) {
  EXPECT_THROW((void)json_lines_sink("/nowhere/at/all/events"), ConfigError);
}

TEST_F(JsonLinesTest, BothGetsEachEventOnceAndOneThatThrowsDoesNotHideItFromTheOther) {
  int count = 0;
  const EventSink sink = both([](const Event&) { throw 1; }, [&count](const Event&) { ++count; });
  emit(sink, Level::info, "x", "y");
  EXPECT_EQ(count, 1);
}
