/// The engines that the same tests run over.
#pragma once

#include <algorithm>
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

/// An engine on PGLite whose database has nothing in it.
inline std::unique_ptr<Engine> empty_pglite() {
  auto engine = std::make_unique<PgliteEngine>(quiet_pglite());
  engine->execute("DROP SCHEMA public CASCADE");
  engine->execute("CREATE SCHEMA public");
  return engine;
}

/// A server, what stands before it, and an engine on it.
class World {
 public:
  explicit World(Way way) {
    if (way == Way::embedded) {
      EmbeddedOptions options;
      options.fresh_copy = fresh_copy_folder();
      options.events = {};
      engine_ = std::make_unique<EmbeddedEngine>(options);
      return;
    }
    if (way == Way::pglite) {
      // A test that isn't for PGLite is skipped before it uses the engine.
      if (not_on_pglite().empty()) engine_ = empty_pglite();
      else engine_ = std::make_unique<PgliteEngine>(quiet_pglite());
      return;
    }
    cluster_ = std::make_unique<TestCluster>();
    ConnectionOptions options = quiet(cluster_->url());
    if (way == Way::bouncer) {
      bouncer_ = std::make_unique<PgBouncerProcess>(*cluster_);
      options.url = bouncer_->url();
      options.direct_url = cluster_->url();
    }
    engine_ = std::make_unique<PostgresEngine>(options);
  }

  [[nodiscard]] Engine& engine() const { return *engine_; }
  [[nodiscard]] TestCluster& cluster() const { return *cluster_; }

 private:
  std::unique_ptr<TestCluster> cluster_;
  std::unique_ptr<PgBouncerProcess> bouncer_;
  std::unique_ptr<Engine> engine_;  // ends first
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
