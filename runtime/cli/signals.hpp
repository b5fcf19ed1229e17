#pragma once

#include <functional>
#include <thread>

namespace poolguard::cli {

/// Turns the first SIGTERM, SIGINT or SIGHUP into a call, and a second one into another, and an end at once (kNo). Make it before any thread is
/// started: threads inherit the blocked signals.
class Signals {
 public:
  /// Blocks the signals.
  Signals();
  /// Listens on the thread that it returns, for as long as that lives; each is called once at most, there. The process ends when `on_again` has
  /// returned.
  [[nodiscard]] std::jthread listen(std::function<void()> on_stop, std::function<void()> on_again) const;
};

}  // namespace poolguard::cli
