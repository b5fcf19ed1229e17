#include "connection/lane_recovery.hpp"

#include <thread>
#include <utility>

namespace poolguard::detail {

LaneRecovery::LaneRecovery(std::chrono::milliseconds interval, std::function<bool()> attempt) {
  std::thread([interval, attempt = std::move(attempt), stop = stop_.get_token(), sleep = std::make_shared<Sleep>()] {
    while (true) {
      {
        std::unique_lock lock(sleep->mutex);
        sleep->ended.wait_for(lock, stop, interval, [] { return false; });
      }
      if (stop.stop_requested() || attempt()) return;
    }
  }).detach();
}

LaneRecovery::~LaneRecovery() { stop_.request_stop(); }

}  // namespace poolguard::detail
