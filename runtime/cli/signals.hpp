#pragma once

#include <functional>
#include <thread>

namespace poolguard::cli {

/// Turns the first SIGTERM, SIGINT or SIGHUP into a call, and a second SIGTERM or SIGINT into an end at once. Make it before any
/// thread is started: threads inherit the blocked signals.
class Signals {
 public:
  /// Blocks the signals.
  Signals();
  /// Starts to listen; `on_stop` is called once, on another thread.
  void listen(std::function<void()> on_stop);

 private:
  std::jthread thread_;
};

}  // namespace poolguard::cli
