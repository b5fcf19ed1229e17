#include "worker/renewal.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace poolguard::detail {
namespace {

/// The overlap guard: one beat at a time.
class Exclusive {
 public:
  explicit Exclusive(std::atomic<bool>& flag) : flag_(flag), entered_(!flag.exchange(true)) {}
  ~Exclusive() {
    if (entered_) flag_ = false;
  }
  Exclusive(const Exclusive&) = delete;
  Exclusive& operator=(const Exclusive&) = delete;
  [[nodiscard]] bool entered() const noexcept { return entered_; }

 private:
  std::atomic<bool>& flag_;
  const bool entered_;
};

}  // namespace

Renewal::Renewal(std::chrono::milliseconds lease, RenewalCalls calls) : lease_(lease), calls_(std::move(calls)) {}

void Renewal::hold(const LeaseKey& key, Clock::time_point sent, std::optional<std::chrono::milliseconds> lease) {
  const std::lock_guard lock(mutex_);
  held_[key] = {.end = sent + lease.value_or(lease_), .lease = lease.value_or(lease_), .ending = false};
}

void Renewal::ending(const LeaseKey& key) {
  const std::lock_guard lock(mutex_);
  if (const auto held = held_.find(key); held != held_.end()) held->second.ending = true;
}

void Renewal::drop(const LeaseKey& key) {
  const std::lock_guard lock(mutex_);
  held_.erase(key);
}

bool Renewal::holds(const LeaseKey& key) const {
  const std::lock_guard lock(mutex_);
  return held_.contains(key);
}

std::size_t Renewal::held() const {
  const std::lock_guard lock(mutex_);
  return held_.size();
}

Beat Renewal::beat() {
  const Exclusive exclusive(beating_);
  if (!exclusive.entered()) return {.kind = Beat::Kind::overlapped, .renewed = 0, .lost = 0, .error = {}};
  evict_expired();
  const std::vector<LeaseKey> held = keys();
  if (held.empty()) return {};
  Beat beat = renew(held);
  evict_expired();
  return beat;
}

Beat Renewal::renew(const std::vector<LeaseKey>& held) {
  Beat beat;
  try {
    const auto sent = calls_.now();
    const std::vector<LeaseKey> kept = calls_.renew(held);
    extend(kept, sent);
    beat.kind = Beat::Kind::renewed;
    beat.renewed = kept.size();
    const std::vector<LeaseKey> suspects = still_held_but_not_in(held, kept);
    if (suspects.empty()) return beat;
    const std::vector<LeaseKey> verified = calls_.verify(suspects);
    for (const LeaseKey& key : still_held_but_not_in(suspects, verified)) {
      if (evict(key, EvictReason::lost)) ++beat.lost;
    }
  } catch (const std::exception& error) {
    // No verdict: the leases stand until the next beat renews them or their end passes.
    beat.kind = Beat::Kind::failed;
    beat.error = error.what();
  } catch (...) {
    beat.kind = Beat::Kind::failed;
    beat.error = "unknown exception";
  }
  return beat;
}

std::optional<Renewal::Clock::time_point> Renewal::evict_expired() {
  const auto now = calls_.now();
  std::vector<LeaseKey> expired;
  std::optional<Clock::time_point> next;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, held] : held_) {
      if (held.end <= now) expired.push_back(key);
      else next = next ? std::min(*next, held.end) : held.end;
    }
  }
  for (const LeaseKey& key : expired) evict(key, EvictReason::expired);
  return next;
}

std::vector<LeaseKey> Renewal::keys() const {
  const std::lock_guard lock(mutex_);
  std::vector<LeaseKey> keys;
  keys.reserve(held_.size());
  for (const auto& [key, held] : held_) keys.push_back(key);
  return keys;
}

void Renewal::extend(const std::vector<LeaseKey>& kept, Clock::time_point sent) {
  const std::lock_guard lock(mutex_);
  for (const LeaseKey& key : kept) {
    // Dropped or evicted while the call was under way: that stands.
    if (const auto held = held_.find(key); held != held_.end()) held->second.end = sent + held->second.lease;
  }
}

std::vector<LeaseKey> Renewal::still_held_but_not_in(const std::vector<LeaseKey>& asked, const std::vector<LeaseKey>& kept) const {
  const std::lock_guard lock(mutex_);
  std::vector<LeaseKey> missing;
  for (const LeaseKey& key : asked) {
    if (held_.contains(key) && std::ranges::find(kept, key) == kept.end()) missing.push_back(key);
  }
  return missing;
}

bool Renewal::evict(const LeaseKey& key, EvictReason reason) {
  bool ending = false;
  {
    const std::lock_guard lock(mutex_);
    const auto held = held_.find(key);
    if (held == held_.end()) return false;
    // Between the look at the end and now a beat on the other thread may have moved it.
    if (reason == EvictReason::expired && held->second.end > calls_.now()) return false;
    ending = held->second.ending;
    held_.erase(held);
  }
  if (!ending) calls_.evict(key, reason);
  return !ending;
}

}  // namespace poolguard::detail
