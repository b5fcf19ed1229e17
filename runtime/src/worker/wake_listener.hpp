#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "poolguard/events.hpp"
#include "poolguard/job.hpp"
#include "poolguard/listener.hpp"

namespace poolguard::detail {

/// All that it needs from outside. Called on its thread.
struct WakeListenerCalls {
  /// Makes a listener; empty: there is none to be had here, for now. May throw.
  std::function<std::unique_ptr<Listener>(const std::stop_token&)> open;
  /// Something was notified: the payloads that came together.
  std::function<void(const std::vector<std::string>&)> notified;
  /// It listens from now on, or doesn't any more.
  std::function<void(bool)> listening;
};

/// Keeps a listener alive on a thread of its own: makes a new one, with back-off, when it is lost. Says so by one event for each
/// change: `listener.ready`, `listener.lost`, `listener.unavailable`.
class WakeListener {
 public:
  /// Between two attempts to make a listener.
  static constexpr std::chrono::milliseconds kRetryLeast{500};
  static constexpr std::chrono::milliseconds kRetryMost{30000};

  WakeListener(WakeListenerCalls calls, EventSink events, Backoff retry = usual_retry());
  /// Waits for an attempt to connect that is under way.
  ~WakeListener() = default;
  WakeListener(const WakeListener&) = delete;
  WakeListener& operator=(const WakeListener&) = delete;

  [[nodiscard]] static Backoff usual_retry();

 private:
  enum class State { starting, listening, lost, unavailable };

  void run(const std::stop_token& stop) noexcept;
  /// Listens until it is lost or `stop`; returns whether a listener was to be had.
  [[nodiscard]] bool listen(const std::stop_token& stop);
  void become(State state, std::string_view why);
  void pause(const std::stop_token& stop);

  const WakeListenerCalls calls_;
  const EventSink events_;
  const Backoff retry_;
  State state_ = State::starting;  // these are the thread's
  std::int32_t failures_ = 0;
  std::minstd_rand random_{std::random_device{}()};
  std::mutex mutex_;
  std::condition_variable_any stopped_;
  std::jthread thread_;  // last: it must end before what it uses
};

}  // namespace poolguard::detail
