#include "worker/periodic_timer.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include <fmt/format.h>

namespace poolguard::detail {

PeriodicTimer::PeriodicTimer(std::chrono::milliseconds interval, std::function<void()> tick, EventSink events)
    : interval_(interval),
      tick_(std::move(tick)),
      events_(std::move(events)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void PeriodicTimer::run(const std::stop_token& stop) noexcept {
  auto next = std::chrono::steady_clock::now() + interval_;
  while (true) {
    {
      std::unique_lock lock(mutex_);
      stopped_.wait_until(lock, stop, next, [] { return false; });
    }
    if (stop.stop_requested()) return;
    try {
      tick_();
    } catch (const std::exception& error) {
      emit(events_, Level::error, "timer.failed", fmt::format("a periodic task failed and will run again: {}", error.what()));
    } catch (...) {
      emit(events_, Level::error, "timer.failed", "a periodic task failed and will run again");
    }
    next = std::max(next + interval_, std::chrono::steady_clock::now());
  }
}

}  // namespace poolguard::detail
