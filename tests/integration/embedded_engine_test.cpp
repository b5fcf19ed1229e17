#include "poolguard/embedded_engine.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "embedded/embedded_server.hpp"
#include "embedded/server_binaries.hpp"
#include "poolguard/errors.hpp"
#include "support/eventually.hpp"

using namespace poolguard;
using namespace std::chrono_literals;
namespace fs = std::filesystem;
using test::eventually;
using testing::HasSubstr;

namespace {

EmbeddedOptions quiet(std::optional<fs::path> folder = {}) {
  EmbeddedOptions options;
  options.folder = std::move(folder);
  options.events = {};
  return options;
}

class Folder {
 public:
  Folder() {
    std::string name = "/tmp/poolguard-test-XXXXXX";
    path_ = ::mkdtemp(name.data());
    fs::permissions(path_, fs::perms::owner_all | fs::perms::others_exec, fs::perm_options::replace);
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] fs::path path() const { return path_ / "db"; }

 private:
  fs::path path_;
};

}  // namespace

TEST(EmbeddedEngine, OpensNoPort) {
  EmbeddedEngine engine(quiet());
  EXPECT_EQ(engine.execute("SHOW listen_addresses").text(0, "listen_addresses"), "");
  EXPECT_EQ(engine.execute("SELECT inet_server_port() IS NULL AS socket").text(0, "socket"), "t");
}

TEST(EmbeddedEngine, LetsNobodyElseIn) {
  const detail::EmbeddedServer server({});
  const auto perms = fs::status(server.folder()).permissions();
  EXPECT_EQ(perms & (fs::perms::group_all | fs::perms::others_all), fs::perms::none);
}

TEST(EmbeddedEngine, AFolderKeepsItsData) {
  const Folder folder;
  {
    EmbeddedEngine engine(quiet(folder.path()));
    engine.execute("CREATE TABLE t AS SELECT 7 AS a");
  }
  EmbeddedEngine engine(quiet(folder.path()));
  EXPECT_EQ(engine.execute("SELECT a FROM t").number(0, "a"), 7);
}

TEST(EmbeddedEngine, ASecondOneOnTheFolderJoinsTheFirst) {
  const Folder folder;
  EmbeddedEngine first(quiet(folder.path()));
  first.execute("CREATE TABLE t AS SELECT 7 AS a");
  EmbeddedEngine second(quiet(folder.path()));
  EXPECT_EQ(second.execute("SELECT a FROM t").number(0, "a"), 7);
  EXPECT_THAT(second.describe(), HasSubstr("another process"));
}

TEST(EmbeddedEngine, ALongFolderNameWorks) {
  const Folder folder;
  EmbeddedEngine engine(quiet(folder.path() / std::string(120, 'x')));
  EXPECT_EQ(engine.execute("SELECT 1 AS n").number(0, "n"), 1);
}

TEST(EmbeddedEngine, ATemporaryOneLeavesNothing) {
  fs::path folder;
  pid_t pid = 0;
  {
    const detail::EmbeddedServer server({});
    folder = server.folder();
    pid = server.process()->pid();
    EXPECT_TRUE(fs::exists(folder));
  }
  EXPECT_FALSE(fs::exists(folder));
  EXPECT_NE(::kill(pid, 0), 0);
}

TEST(EmbeddedEngine, DiesWithAProcessThatIsKilled) {
  std::array<int, 2> report{};
  ASSERT_EQ(::pipe(report.data()), 0);
  const pid_t parent = ::fork();
  if (parent == 0) {
    const detail::EmbeddedServer server({});
    const pid_t pid = server.process()->pid();
    const std::string folder = server.folder().string();
    (void)!::write(report[1], &pid, sizeof pid);
    (void)!::write(report[1], folder.data(), folder.size());
    ::close(report[1]);
    ::pause();
  }
  ::close(report[1]);
  pid_t pid = 0;
  ASSERT_EQ(::read(report[0], &pid, sizeof pid), static_cast<ssize_t>(sizeof pid));
  std::array<char, 200> folder{};
  ASSERT_GT(::read(report[0], folder.data(), folder.size() - 1), 0);
  ASSERT_EQ(::kill(pid, 0), 0);
  ::kill(parent, SIGKILL);
  ::waitpid(parent, nullptr, 0);
  EXPECT_TRUE(eventually(20s, [&] { return ::kill(pid, 0) != 0 && !fs::exists(folder.data()); }));
  ::close(report[0]);
}

TEST(EmbeddedEngine, IsKilledIfItsSupervisorIs) {
  const detail::EmbeddedServer server({});
  const pid_t pid = server.process()->pid();
  std::string stat;
  std::getline(std::ifstream("/proc/" + std::to_string(pid) + "/stat") >> std::ws, stat);
  const pid_t supervisor = std::stoi(stat.substr(stat.find(") ") + 4));
  ::kill(supervisor, SIGKILL);
  EXPECT_TRUE(eventually(20s, [&] { return ::kill(pid, 0) != 0; }));
  fs::remove_all(server.folder());
}

TEST(EmbeddedEngine, AFolderThatCannotBeUsedIsATypedError) {
  EXPECT_THROW(EmbeddedEngine(quiet("/proc/nowhere")), ServerStartError);
}

TEST(ServerBinaries, ANamedFolderWithoutAServerSaysSo) {
  ::setenv("POOLGUARD_PG_BINDIR", "/nonexistent", 1);
  try {
    (void)detail::find_server_binaries();
    FAIL();
  } catch (const ServerStartError& error) {
    EXPECT_THAT(error.what(), HasSubstr("POOLGUARD_PG_BINDIR"));
  }
  ::unsetenv("POOLGUARD_PG_BINDIR");
  EXPECT_TRUE(fs::exists(detail::find_server_binaries() / "initdb"));
}
