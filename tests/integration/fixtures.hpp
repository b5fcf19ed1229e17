/// The engines that the same tests run over.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "pglite_exceptions.hpp"
#include "poolguard/embedded_engine.hpp"
#include "poolguard/pglite_engine.hpp"
#include "poolguard/postgres_engine.hpp"
#include "poolguard/queue.hpp"
#include "support/pgbouncer_process.hpp"
#include "support/pglite_process.hpp"
#include "support/test_cluster.hpp"

namespace poolguard::test {

/// Options for a manager that keeps quiet.
inline ConnectionOptions quiet(const std::string& url) {
  ConnectionOptions options;
  options.url = url;
  options.events = {};
  return options;
}

/// Collects events.
struct Log {
  std::mutex mutex;
  std::vector<Event> events;
  EventSink sink() {
    return [this](const Event& event) {
      const std::lock_guard lock(mutex);
      events.push_back(event);
    };
  }
  std::vector<std::string> names() {
    const std::lock_guard lock(mutex);
    std::vector<std::string> names;
    for (const Event& event : events) names.push_back(event.name);
    return names;
  }
  [[nodiscard]] std::size_t count(const std::string& name) {
    const std::lock_guard lock(mutex);
    return static_cast<std::size_t>(std::ranges::count(events, name, &Event::name));
  }
};

enum class Way { direct, bouncer, embedded, pglite };

/// The server of all tests over PGLite in this process, since its start takes seconds of a core.
inline const PgliteProcess& pglite_process() {
  static const PgliteProcess process;
  return process;
}

/// Options for PGLite that keep quiet, and leave a slow machine its time.
inline PgliteOptions quiet_pglite() {
  PgliteOptions options;
  options.url = pglite_process().url();
  options.acquire_timeout = std::chrono::seconds{60};
  options.transaction_limit = std::chrono::seconds{60};
  options.events = {};
  return options;
}

/// Leaves nothing in the engine's database.
inline void empty(Engine& engine) {
  engine.execute("DROP SCHEMA public CASCADE");
  engine.execute("CREATE SCHEMA public");
}

/// An engine on PGLite whose database has nothing in it.
inline std::shared_ptr<Engine> empty_pglite() {
  auto engine = std::make_shared<PgliteEngine>(quiet_pglite());
  empty(*engine);
  return engine;
}

/// The embedded engine of all tests in this process, with nothing in its database.
inline std::shared_ptr<Engine> empty_embedded() {
  static const std::shared_ptr<Engine> engine = [] {
    EmbeddedOptions options;
    options.fresh_copy = fresh_copy_folder();
    options.events = {};
    return std::make_shared<EmbeddedEngine>(options);
  }();
  empty(*engine);
  return engine;
}

/// The PgBouncer of all tests in this process, with a pool for each database.
inline const PgBouncerProcess& shared_bouncer() {
  static const PgBouncerProcess process(shared_cluster());
  return process;
}

/// An engine on a database of its own, and the way there.
class World {
 public:
  explicit World(Way way) {
    if (way == Way::embedded) {
      engine_ = empty_embedded();
      return;
    }
    if (way == Way::pglite) {
      // A test that isn't for PGLite is skipped before it uses the engine.
      if (not_on_pglite().empty()) engine_ = empty_pglite();
      else engine_ = std::make_shared<PgliteEngine>(quiet_pglite());
      return;
    }
    database_ = std::make_unique<TestDatabase>();
    ConnectionOptions options = quiet(database_->url());
    options.acquire_timeout = std::chrono::seconds{60};  // a slow machine has its time
    options.cancel_grace = std::chrono::seconds{20};
    if (way == Way::bouncer) {
      options.url = shared_bouncer().url(database_->name());
      options.direct_url = database_->url();
    }
    engine_ = std::make_shared<PostgresEngine>(options);
  }

  [[nodiscard]] Engine& engine() const { return *engine_; }

 private:
  std::unique_ptr<TestDatabase> database_;
  std::shared_ptr<Engine> engine_;  // ends first
};

/// Runs its tests over all four ways.
class OverEveryEngine : public testing::TestWithParam<Way> {
 protected:
  World world{GetParam()};
  Engine& engine = world.engine();

  void SetUp() override {
    if (GetParam() != Way::pglite) return;
    if (const std::string_view reason = not_on_pglite(); !reason.empty()) GTEST_SKIP() << "not on PGLite: " << reason;
  }
};

/// The same, each test with a queue whose schema is in place.
class QueueOverEveryEngine : public OverEveryEngine {
 protected:
  Queue queue{engine};
  void SetUp() override {
    OverEveryEngine::SetUp();
    if (!IsSkipped()) queue.migrate();
  }
};

inline std::string way_name(const testing::TestParamInfo<Way>& info) {
  switch (info.param) {
    case Way::direct: return "direct";
    case Way::bouncer: return "pgbouncer";
    case Way::embedded: return "embedded";
    case Way::pglite: return "pglite";
  }
  return "unknown";
}

inline auto every_way() { return testing::Values(Way::direct, Way::bouncer, Way::embedded, Way::pglite); }

}  // namespace poolguard::test
