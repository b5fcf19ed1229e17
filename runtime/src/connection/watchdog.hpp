/// Ends statements from the client's side: at their deadline, or when their stop token asks for it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

namespace poolguard::detail {

enum class EndReason { none, timeout, stop };

/// How a watched statement was ended, if it was.
struct WatchOutcome {
  EndReason reason = EndReason::none;
  bool cut = false;        ///< the server didn't confirm the cancel in time: the socket was shut
  bool abandoned = false;  ///< the cancel request itself still hangs in its own thread, which keeps the connection alive
};

/// What the watchdog may do to a connection, from its own threads, while another thread waits in a statement on it.
struct WatchTarget {
  std::function<void()> cancel;  ///< asks the server to cancel; may block; may throw. Keeps the connection alive.
  std::function<void()> cut;     ///< shuts the socket; never blocks
};

/// One timer thread for all connections of a manager, started with the first statement that has a limit. Thread-safe.
///
/// Two steps: at the limit the server is asked to cancel (a clean end: the transaction is rolled back, the connection
/// lives); `grace` later the socket is shut. The request runs on a thread of its own, since connecting to a hung pooler can
/// block, and one hung server must not delay the limits of everybody else.
class Watchdog {
 public:
  explicit Watchdog(std::chrono::milliseconds grace = std::chrono::seconds(2));
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  using Clock = std::chrono::steady_clock;

  class Watch;
  /// Starts to watch a statement. The watchdog must outlive the watch.
  [[nodiscard]] std::unique_ptr<Watch> watch(WatchTarget target, std::optional<Clock::time_point> deadline,
                                             const std::stop_token& stop);

 private:
  struct Entry;
  struct State;

  // Shared with the threads that send cancel requests: a request that hangs may outlive the watchdog.
  std::shared_ptr<State> state_;
  std::once_flag started_;
  std::jthread thread_;
};

/// Ends with finish() or its destructor, whichever is first.
class Watchdog::Watch {
 public:
  Watch(std::shared_ptr<State> state, std::shared_ptr<Entry> entry, const std::stop_token& stop);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  /// The statement has returned. Waits (at most for the grace) for a cancel request that is under way, so that it can't hit
  /// the connection's next statement.
  WatchOutcome finish();

 private:
  std::shared_ptr<State> state_;
  std::shared_ptr<Entry> entry_;
  std::optional<std::stop_callback<std::function<void()>>> on_stop_;
  bool finished_ = false;
};

}  // namespace poolguard::detail
