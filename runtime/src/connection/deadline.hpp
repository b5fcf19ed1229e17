#pragma once

#include <chrono>
#include <optional>

#include <fmt/format.h>

#include "poolguard/errors.hpp"
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

  /// For before anything is sent. Throws StatementTimeoutError, not in doubt, if the time is over.
  void require_time() const {
    if (at_ && Clock::now() >= *at_) throw_over();
  }

  /// The same limits for the next part of the call. Throws as require_time() does.
  [[nodiscard]] ExecuteOptions rest(const ExecuteOptions& options) const {
    ExecuteOptions rest = options;
    if (at_) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(*at_ - Clock::now());
      if (left.count() <= 0) throw_over();
      rest.timeout = left;
    }
    return rest;
  }

 private:
  [[noreturn]] void throw_over() const {
    throw StatementTimeoutError(fmt::format("the statement did not end within {} ms; it was never sent, since that time had passed before, "
                                            "and it took no effect",
                                            timeout().count()),
                                timeout(), false);
  }

  std::optional<std::chrono::milliseconds> timeout_;
  std::optional<Clock::time_point> at_;
};

}  // namespace poolguard::detail
