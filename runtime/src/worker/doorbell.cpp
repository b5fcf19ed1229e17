#include "worker/doorbell.hpp"

#include <utility>

namespace poolguard::detail {

void Doorbell::ring(Ring ring) {
  const std::lock_guard lock(mutex_);
  rings_ |= ring;
  rung_.notify_all();
}

unsigned Doorbell::wait(Clock::time_point until, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  rung_.wait_until(lock, stop, until, [this] { return rings_ != 0; });
  return std::exchange(rings_, 0U);
}

}  // namespace poolguard::detail
