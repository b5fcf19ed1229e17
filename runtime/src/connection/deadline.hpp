#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "poolguard/execute_options.hpp"

namespace poolguard::detail {

/// A relative timeout turned into a point on the monotonic clock once, at the start of a call, so that the parts of the
/// call (wait for a connection, statement) share it.
class Deadline {
 public:
  using Clock = std::chrono::steady_clock;

  Deadline() = default;
  explicit Deadline(const ExecuteOptions& options) : timeout_(options.timeout) {
    if (timeout_) at_ = Clock::now() + *timeout_;
  }

  [[nodiscard]] const std::optional<Clock::time_point>& at() const noexcept { return at_; }
  [[nodiscard]] std::chrono::milliseconds timeout() const noexcept { return timeout_.value_or(std::chrono::milliseconds{0}); }

  /// The same limits for the next part of the call.
  [[nodiscard]] ExecuteOptions rest(const ExecuteOptions& options) const {
    ExecuteOptions rest = options;
    if (at_) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(*at_ - Clock::now());
      rest.timeout = std::max(left, std::chrono::milliseconds{0});
    }
    return rest;
  }

 private:
  std::optional<std::chrono::milliseconds> timeout_;
  std::optional<Clock::time_point> at_;
};

}  // namespace poolguard::detail
