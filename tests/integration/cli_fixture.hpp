/// poolguard-jobs, run by tests against a database of their own.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "poolguard/postgres_engine.hpp"
#include "poolguard/queue.hpp"
#include "support/command.hpp"
#include "support/eventually.hpp"
#include "support/test_cluster.hpp"

namespace poolguard::test {

/// Runs it to its end. One that doesn't come to it, as `ui` where it should have refused, is ended after four minutes: status 124.
inline CommandResult jobs(std::vector<std::string> arguments, const std::map<std::string, std::string>& environment = {}) {
  arguments.insert(arguments.begin(), {"/usr/bin/timeout", "240", POOLGUARD_JOBS});
  return run(std::move(arguments), environment);
}

class CliTest : public testing::Test {
 protected:
  TestDatabase database;
  std::map<std::string, std::string> environment{{"POOLGUARD_DATABASE_URL", database.url()}};

  CommandResult cli(std::vector<std::string> arguments) { return jobs(std::move(arguments), environment); }
  nlohmann::json list() { return nlohmann::json::parse(cli({"list", "--json"}).out); }
  [[nodiscard]] ConnectionOptions connection() const {
    ConnectionOptions options;
    options.url = database.url();
    return options;
  }
  /// Asked from here: a process a look would miss a job that is quick.
  bool becomes_active() {
    PostgresEngine engine(connection());
    return eventually(std::chrono::seconds{30}, [&] { return Queue(engine).get(1)->status == JobStatus::active; });
  }
};

}  // namespace poolguard::test
