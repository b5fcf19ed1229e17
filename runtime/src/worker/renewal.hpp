/// The heartbeat of the leases that a worker holds, as a state machine over an injected clock and injected calls.
///
///            renewed: the end moves on
///             ┌────┐
///   hold() ─▶ held ── not in the answer ─▶ suspect ── verify: holds ─▶ held
///             │  ▲                           │
///             │  └── the call failed ────────┤ verify: gone
///             │      (no verdict)            ▼
///             └── the end has passed ─▶ evicted (lost | expired), or only let go while the job's end is written
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "poolguard/job.hpp"

namespace poolguard::detail {

enum class EvictReason {
  lost,     ///< the server says, twice, that somebody else has the job
  expired,  ///< the lease's end has passed on our clock without a renewal: somebody else may have the job
};

/// All that the machine needs from outside.
struct RenewalCalls {
  /// A monotonic clock: a wall clock jumps.
  std::function<std::chrono::steady_clock::time_point()> now;
  /// Renews the leases and returns those that held. Must give up, and cancel, within the call timeout. May throw.
  std::function<std::vector<LeaseKey>(const std::vector<LeaseKey>&)> renew;
  /// As renew(), but only reads.
  std::function<std::vector<LeaseKey>(const std::vector<LeaseKey>&)> verify;
  /// Tells the owner to stop. Must not block, throw, or call back.
  std::function<void(const LeaseKey&, EvictReason)> evict;
};

struct Beat {
  enum class Kind { idle, renewed, failed, overlapped };
  Kind kind = Kind::idle;
  std::size_t renewed = 0;
  std::size_t lost = 0;
  std::string error;  ///< of a call that failed; no lease is given up for it
};

/// Thread-safe. beat() and evict_expired() are for two threads, so that a beat that hangs can't delay an eviction.
class Renewal {
 public:
  using Clock = std::chrono::steady_clock;

  Renewal(std::chrono::milliseconds lease, RenewalCalls calls);

  /// `sent`: when the claim was sent, which is before the server started to count. `lease`: of this job, if not the usual one.
  void hold(const LeaseKey& key, Clock::time_point sent, std::optional<std::chrono::milliseconds> lease = {});
  /// The job's end is being written, and its lease is renewed until then. That it is gone may be the work of that very write: whoever writes
  /// tells what came of it, and nobody is told to stop.
  void ending(const LeaseKey& key);
  /// The job is done; its lease isn't renewed any more.
  void drop(const LeaseKey& key);
  [[nodiscard]] bool holds(const LeaseKey& key) const;
  [[nodiscard]] std::size_t held() const;

  /// One renewal for all. Returns at once if another beat is still under way. Never throws what the calls throw.
  Beat beat();
  /// Evicts the leases whose end has passed. Returns the next end.
  std::optional<Clock::time_point> evict_expired();

 private:
  [[nodiscard]] std::vector<LeaseKey> keys() const;
  Beat renew(const std::vector<LeaseKey>& held);
  void extend(const std::vector<LeaseKey>& kept, Clock::time_point sent);
  std::vector<LeaseKey> still_held_but_not_in(const std::vector<LeaseKey>& asked, const std::vector<LeaseKey>& kept) const;
  bool evict(const LeaseKey& key, EvictReason reason);

  const std::chrono::milliseconds lease_;
  const RenewalCalls calls_;
  std::atomic<bool> beating_ = false;
  mutable std::mutex mutex_;  // never held over renew, verify or evict
  struct Held {
    Clock::time_point end;
    std::chrono::milliseconds lease;
    bool ending = false;
  };
  std::map<LeaseKey, Held> held_;
};

}  // namespace poolguard::detail
