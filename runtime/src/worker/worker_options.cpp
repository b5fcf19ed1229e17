#include <unistd.h>

#include <algorithm>
#include <array>
#include <random>

#include <fmt/format.h>

#include "poolguard/worker.hpp"
#include "worker/worker_id.hpp"

namespace poolguard {

namespace detail {

std::string make_worker_id() {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host[0] = '?';
  std::random_device random;
  return fmt::format("{}:{}:{:08x}", host.data(), ::getpid(), random());
}

}  // namespace detail

void WorkerOptions::check() const {
  const auto require = [](bool holds, std::string_view what) {
    if (!holds) throw ConfigError(fmt::format("worker options: {}", what));
  };
  constexpr std::chrono::milliseconds kNone{0};
  require(concurrency >= 1 && concurrency <= 1000, "concurrency must be from 1 to 1000");
  require(batch >= 1 && batch <= 1000, "batch must be from 1 to 1000");
  require(renew_interval > kNone && renew_timeout > kNone && call_timeout > kNone,
          "renew_interval, renew_timeout and call_timeout must be greater than 0");
  if (renew_interval + renew_timeout >= lease) {
    throw ConfigError(fmt::format("worker options: renew_interval ({} ms) + renew_timeout ({} ms) must be less than the lease "
                                  "({} ms), or one slow beat loses every lease. Make the lease longer or the others shorter",
                                  renew_interval.count(), renew_timeout.count(), lease.count()));
  }
  require(listen_poll > kNone && wake_debounce >= kNone, "listen_poll must be greater than 0, wake_debounce not less than 0");
  require(poll_least > kNone && poll_most >= poll_least, "poll_least must be greater than 0 and not above poll_most");
  require(sweep_interval > kNone && stalled_grace >= kNone && max_stalls >= 0,
          "sweep_interval must be greater than 0, stalled_grace and max_stalls not less than 0");
  require(wedge_after >= kNone, "wedge_after must not be less than 0");
  require(drain_deadline >= kNone && stop_grace >= kNone, "drain_deadline and stop_grace must not be less than 0");
  backoff.check("worker options");
}

std::chrono::milliseconds WorkerOptions::shortest_lease() const noexcept {
  return std::min(lease, 2 * renew_interval + renew_timeout);
}

}  // namespace poolguard
