#pragma once

#include <stop_token>
#include <thread>

namespace orders {

/// Turns SIGTERM and SIGINT into a stop request. Make it before any other thread: threads inherit the blocked signals.
class StopOnSignal {
 public:
  StopOnSignal();
  [[nodiscard]] std::stop_token token() const noexcept { return stop_.get_token(); }

 private:
  std::stop_source stop_;
  std::jthread waiting_;
};

}  // namespace orders
