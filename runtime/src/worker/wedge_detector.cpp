#include "worker/wedge_detector.hpp"

#include <exception>
#include <utility>

#include <fmt/format.h>

namespace poolguard {

std::string_view to_string(WorkerState state) noexcept {
  switch (state) {
    case WorkerState::idle: return "idle";
    case WorkerState::working: return "working";
    case WorkerState::wedged: return "wedged";
    case WorkerState::cut_off: return "cut off";
    case WorkerState::ended: return "ended";
  }
  return "unknown";
}

namespace detail {

WedgeDetector::WedgeDetector(std::chrono::milliseconds after, WedgeCalls calls)
    : after_(after), calls_(std::move(calls)), progress_(calls_.now()), verdict_{.state = WorkerState::working, .reason = {}} {}

void WedgeDetector::progressed() { progress_ = calls_.now(); }

std::optional<WorkerHealth> WedgeDetector::look() {
  WorkerHealth found = judge();
  const std::lock_guard lock(mutex_);
  const bool changed = found.state != verdict_.state;
  verdict_ = found;
  if (!changed) return std::nullopt;
  return found;
}

WorkerHealth WedgeDetector::verdict() const {
  const std::lock_guard lock(mutex_);
  return verdict_;
}

WorkerHealth WedgeDetector::judge() {
  const WorkerHealth working{.state = WorkerState::working, .reason = {}};
  const bool seen_before = std::exchange(seen_waiting_, false);
  if (!calls_.has_free_slot()) progressed();
  const auto quiet = std::chrono::duration_cast<std::chrono::milliseconds>(calls_.now() - progress_.load());
  if (quiet < after_) return working;
  std::optional<std::chrono::milliseconds> due;
  try {
    due = calls_.next_due();
  } catch (const std::exception& error) {
    return {.state = WorkerState::cut_off,
            .reason = fmt::format("the database doesn't say whether work waits ({}); {}", error.what(), calls_.lanes())};
  }
  if (!due || -*due < after_) return working;
  seen_waiting_ = true;
  if (!seen_before) return verdict();
  return {.state = WorkerState::wedged,
          .reason = fmt::format("a job has been due for {} s, and nothing was claimed for {} s; {}", -due->count() / 1000, quiet.count() / 1000,
                                calls_.lanes())};
}

}  // namespace detail
}  // namespace poolguard
