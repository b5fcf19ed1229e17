#include <future>
#include <latch>

#include <gmock/gmock.h>

#include "fixtures.hpp"
#include "poolguard/errors.hpp"
#include "poolguard/queue.hpp"

using namespace poolguard;
using namespace poolguard::test;

namespace {

bool every_version_once(Engine& engine) {
  const Result rows = engine.execute("SELECT count(*) = max(version) AS once FROM poolguard_migrations");
  return rows.text(0, "once") == "t";
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
