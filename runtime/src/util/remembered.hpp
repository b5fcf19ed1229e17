#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>

namespace poolguard::detail {

/// What was asked lately isn't asked again. Thread-safe; who comes while it is asked waits for the answer.
template <typename Value>
class Remembered {
 public:
  Remembered(std::chrono::milliseconds interval, std::function<Value()> ask) : interval_(interval), ask_(std::move(ask)) {}

  /// Throws what asking throws; that isn't remembered.
  Value get() {
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    if (!value_ || now - asked_ >= interval_) {
      value_ = ask_();
      asked_ = std::chrono::steady_clock::now();
    }
    return *value_;
  }

  /// The next get() asks.
  void forget() {
    const std::lock_guard lock(mutex_);
    value_.reset();
  }

 private:
  const std::chrono::milliseconds interval_;
  const std::function<Value()> ask_;
  std::mutex mutex_;
  std::chrono::steady_clock::time_point asked_;
  std::optional<Value> value_;
};

}  // namespace poolguard::detail
