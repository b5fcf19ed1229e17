/// When a worker asks the database, and what: a state machine without a clock or a thread of its own.
///
///          jobs came                 none                       due later, or none:
///        ┌──────────┐   claim ─────────────▶ look ─────────────────────────────┐
///        ▼          │     ▲                   ▲ │                               │
///      claim ───────┘     │ due: the first    │ │ due, and yet not to be had:   │
///                         │ time at once      │ ▼ claim, with back-off          ▼
///                         └───────────────────┴────────── its time has come ── wait ◀── notified: claim
///
/// An idle worker only looks: rarely while it listens, with back-off while it can't.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

namespace poolguard::detail {

struct PacingLimits {
  std::chrono::milliseconds poll_least{100};
  std::chrono::milliseconds poll_most{8000};
  std::chrono::milliseconds listen_poll{30000};
  std::chrono::milliseconds debounce{5};   ///< from claim to claim, if only notifications ask for the second
  bool until_empty = false;                ///< the end of a job leads to a claim, which says whether the queue is empty
};

/// Used by one thread.
class ClaimPacing {
 public:
  using Clock = std::chrono::steady_clock;
  enum class Ask {
    claim,
    look,  ///< when is the next job due?
  };
  struct Next {
    Ask ask = Ask::claim;
    Clock::time_point at;
  };

  /// Begins with a claim at once.
  ClaimPacing(const PacingLimits& limits, Clock::time_point now) : limits_(limits), wait_(limits.poll_least), next_{.ask = Ask::claim, .at = now} {}

  [[nodiscard]] const Next& next() const noexcept { return next_; }

  /// A claim, sent at `now`, gave so many jobs.
  void claimed(std::size_t jobs, Clock::time_point now);
  /// The next job is due in this time: 0 or less for now; empty for none.
  void looked(std::optional<std::chrono::milliseconds> due, Clock::time_point now);
  /// A claim or a look failed.
  void failed(Clock::time_point now);

  void notified(Clock::time_point now);
  /// A job of this worker has ended: it may be waiting again. While the worker listens it is told so.
  void job_ended(Clock::time_point now);
  void set_listening(bool listening, Clock::time_point now);

 private:
  [[nodiscard]] std::chrono::milliseconds back_off();

  const PacingLimits limits_;
  std::chrono::milliseconds wait_;
  Next next_;
  Clock::time_point last_claim_ = Clock::time_point::min();
  bool claim_was_empty_ = false;  // the last ask was a claim, and it gave nothing
  bool failing_ = false;
  bool listening_ = false;
};

}  // namespace poolguard::detail
