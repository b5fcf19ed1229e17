#include "worker/wake_listener.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "poolguard/errors.hpp"
#include "support/eventually.hpp"

using namespace poolguard;
using poolguard::detail::WakeListener;
using poolguard::test::eventually;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

/// A server that notifies, and breaks, when the test says so.
class FakeServer {
 public:
  std::atomic<int> opened = 0;
  std::atomic<bool> reachable = true, has_sessions = true;

  std::unique_ptr<Listener> open() {
    ++opened;
    if (!reachable) throw ConnectError("nobody there");
    if (!has_sessions) return nullptr;
    return std::make_unique<FakeListener>(*this);
  }
  void notify(const std::string& payload) {
    const std::lock_guard lock(mutex_);
    payloads_.push_back(payload);
    changed_.notify_all();
  }
  /// Breaks the listener that is open, or the next one.
  void break_listener() {
    const std::lock_guard lock(mutex_);
    broken_ = true;
    changed_.notify_all();
  }

 private:
  struct FakeListener : Listener {
    explicit FakeListener(FakeServer& its) : server(its) {}
    std::vector<std::string> wait(std::chrono::milliseconds most, const std::stop_token& stop) override {
      std::unique_lock lock(server.mutex_);
      server.changed_.wait_for(lock, stop, most, [this] { return server.broken_ || !server.payloads_.empty(); });
      if (std::exchange(server.broken_, false)) throw ConnectionError("cut");
      return {std::exchange(server.payloads_, {})};
    }
    FakeServer& server;
  };

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<std::string> payloads_;
  bool broken_ = false;
};

class WakeListenerTest : public testing::Test {
 protected:
  FakeServer server;
  std::mutex mutex;
  std::vector<Event> events;
  std::vector<std::string> heard;
  std::vector<bool> states;
  std::optional<WakeListener> listener;

  void start() {
    listener.emplace(detail::WakeListenerCalls{.open = [this](const std::stop_token&) { return server.open(); },
                                               .notified =
                                                   [this](const std::vector<std::string>& payloads) {
                                                     const std::lock_guard lock(mutex);
                                                     heard.insert(heard.end(), payloads.begin(), payloads.end());
                                                   },
                                               .listening =
                                                   [this](bool listening) {
                                                     const std::lock_guard lock(mutex);
                                                     states.push_back(listening);
                                                   }},
                     [this](const Event& event) {
                       const std::lock_guard lock(mutex);
                       events.push_back(event);
                     },
                     Backoff{.initial = 1ms, .factor = 1.0, .most = 1ms, .jitter = 0.0});
  }
  std::vector<std::string> names() {
    const std::lock_guard lock(mutex);
    std::vector<std::string> names;
    for (const Event& event : events) names.push_back(event.name);
    return names;
  }
  template <typename Holds>
  bool soon(Holds holds) {
    return eventually(10s, [&] {
      const std::lock_guard lock(mutex);
      return holds();
    });
  }
};

}  // namespace

TEST_F(WakeListenerTest, PassesOnWhatIsNotified) {
  start();
  server.notify("default");
  EXPECT_TRUE(soon([&] { return heard == std::vector<std::string>{"default"}; }));
  EXPECT_THAT(names(), ElementsAre("listener.ready"));
  EXPECT_EQ(states, std::vector<bool>{true});
}

TEST_F(WakeListenerTest, SaysOnceThatItIsLostAndListensAgain) {
  start();
  ASSERT_TRUE(soon([&] { return states.size() == 1; }));
  server.reachable = false;
  server.break_listener();
  ASSERT_TRUE(eventually(10s, [&] { return server.opened > 5; })) << "it tries again";
  EXPECT_THAT(names(), ElementsAre("listener.ready", "listener.lost"));
  EXPECT_THAT(events.back().message, HasSubstr("cut"));
  EXPECT_EQ(events.back().level, Level::warning);
  server.reachable = true;
  EXPECT_TRUE(soon([&] { return states == std::vector<bool>{true, false, true}; }));
  server.notify("again");
  EXPECT_TRUE(soon([&] { return heard == std::vector<std::string>{"again"}; }));
  EXPECT_THAT(names(), ElementsAre("listener.ready", "listener.lost", "listener.ready"));
}

TEST_F(WakeListenerTest, WhereThereIsNoSessionItSaysSoAndAsksAgainLater) {
  server.has_sessions = false;
  start();
  ASSERT_TRUE(eventually(10s, [&] { return server.opened > 2; }));
  EXPECT_THAT(names(), ElementsAre("listener.unavailable"));
  EXPECT_TRUE(states.empty());
  server.has_sessions = true;
  EXPECT_TRUE(soon([&] { return states == std::vector<bool>{true}; }));
}

TEST_F(WakeListenerTest, EndsWhileItWaits) {
  start();
  ASSERT_TRUE(soon([&] { return states.size() == 1; }));
  const auto start_of_end = std::chrono::steady_clock::now();
  listener.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - start_of_end, 10s);
}
