/// Notifications from the server: LISTEN on a session of its own.
#pragma once

#include <chrono>
#include <stop_token>
#include <string>
#include <vector>

#include "poolguard/annotations.hpp"

namespace poolguard {

/// Listens to one channel from its making (Engine::listen()) to its end, on a connection that nobody else uses. Used by one thread
/// at a time.
class Listener {
 public:
  Listener() = default;
  virtual ~Listener() = default;
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// Waits until something is notified, `most` has passed or `stop` is requested. Returns the payloads that have come, in their
  /// order; none in the other two cases. Throws ConnectionError if the session is lost: what is notified from then on is lost with
  /// it, so a new listener should be made, and what it listens for looked at once.
  [[nodiscard]] POOLGUARD_BLOCKS virtual std::vector<std::string> wait(std::chrono::milliseconds most, const std::stop_token& stop) = 0;
};

}  // namespace poolguard
