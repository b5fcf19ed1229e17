#include <future>
#include <latch>

#include <gmock/gmock.h>

#include "fixtures.hpp"
#include "poolguard/errors.hpp"
#include "poolguard/queue.hpp"
#include "queue/migrations.hpp"

using namespace poolguard;
using namespace poolguard::test;
using namespace std::chrono_literals;
using testing::ElementsAre;

namespace {

bool every_version_once(Engine& engine) {
  const Result rows = engine.execute("SELECT count(*) = max(version) AS once FROM poolguard_migrations");
  return rows.text(0, "once") == "t";
}

/// The schema as a program left it that knew no later version.
void migrate_until(Engine& engine, std::int32_t version) {
  engine.execute(sql::kCreateMigrations);
  for (const sql::Migration& migration : sql::kMigrations) {
    if (migration.version > version) return;
    for (const std::string_view statement : migration.statements) engine.execute(statement);
    engine.execute(sql::kRecordMigration, {migration.version});
  }
}

}  // namespace

using MigrationTest = OverEveryEngine;
INSTANTIATE_TEST_SUITE_P(Ways, MigrationTest, every_way(), way_name);

TEST_P(MigrationTest, TwiceIsOnce) {
  Queue queue(engine);
  queue.migrate();
  const JobId id = queue.add({.name = "a"});
  queue.migrate();
  EXPECT_TRUE(queue.get(id)) << "the second run must leave the data alone";
  EXPECT_TRUE(every_version_once(engine));
}

TEST_P(MigrationTest, ManyAtOnceAreOnce) {
  constexpr int kAtOnce = 6;
  std::latch together(kAtOnce);
  std::vector<std::future<void>> runs;
  for (int i = 0; i < kAtOnce; ++i) {
    runs.push_back(std::async(std::launch::async, [&] {
      together.arrive_and_wait();
      Queue(engine).migrate();
    }));
  }
  for (auto& run : runs) EXPECT_NO_THROW(run.get());
  EXPECT_TRUE(every_version_once(engine));
}

TEST_P(MigrationTest, ANewerSchemaIsRefusedUntouched) {
  Queue queue(engine);
  queue.migrate();
  engine.execute("INSERT INTO poolguard_migrations (version) VALUES (9999)");
  EXPECT_THROW(queue.migrate(), SchemaError);
}

TEST_P(MigrationTest, TheVersionBeforeIsTakenOverWithItsJobs) {
  migrate_until(engine, sql::kMigrations.back().version - 1);
  Queue queue(engine);
  const JobId held = queue.add({.name = "a"});
  const ClaimRequest request{.worker = "w", .names = {"a"}, .limit = 1, .lease = 60s};
  const std::vector<Job> before = queue.claim(request);
  ASSERT_EQ(before.size(), 1U);
  const JobId waiting = queue.add({.name = "a"});
  queue.migrate();
  EXPECT_TRUE(every_version_once(engine));
  EXPECT_THAT(queue.verify({before[0].key()}), ElementsAre(before[0].key())) << "a lease must outlive the migration";
  EXPECT_TRUE(queue.complete(before[0].key()));
  EXPECT_EQ(queue.get(held)->status, JobStatus::completed);
  const std::vector<Job> after = queue.claim(request);
  ASSERT_EQ(after.size(), 1U);
  EXPECT_EQ(after[0].id, waiting);
}
