/// Trying again what failed for a reason that passes. Not for claims and renewals: there the next beat, or the next look, is the retry.
#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <random>
#include <stop_token>
#include <string_view>
#include <type_traits>

#include "poolguard/annotations.hpp"

namespace poolguard {

/// What an exception says about trying again.
enum class FailureKind {
  transient,  ///< it took no effect, and may work the next time: serialisation failure, deadlock, lock or pool timeout, no connection
  lost,       ///< the connection went while a statement ran: whether that took effect is not known outside a transaction
  in_doubt,   ///< a commit, or a statement that was cut, may have taken effect. Never retried
  permanent,  ///< it would fail again
};

[[nodiscard]] std::string_view to_string(FailureKind kind) noexcept;

/// Of this library's exceptions by their type, of SqlError and libpqxx's by SQLSTATE too. What it doesn't know is permanent.
[[nodiscard]] FailureKind classify(const std::exception& error) noexcept;

struct RetryNotice {
  int attempt = 0;  ///< the one that failed, from 1
  FailureKind kind = FailureKind::transient;
  std::chrono::milliseconds pause{0};  ///< before the next
  const std::exception& error;
};

struct RetrySettings {
  int attempts = 4;  ///< calls in all
  /// The pause is from `least` to three times the one before, at most `most` (decorrelated jitter).
  std::chrono::milliseconds least{50};
  std::chrono::milliseconds most{5000};
  /// The work may be repeated though it may have taken effect: it reads, has an ON CONFLICT, or is one Engine::transaction(), whose
  /// effect is undone unless its commit is what failed (and that is in doubt, so not repeated). Then a lost connection is retried.
  bool repeatable = false;
  /// Ends a pause, and the retries: what the last attempt threw is thrown.
  std::stop_token stop;
  std::function<void(const RetryNotice&)> on_retry;
  /// For tests. Random: from [0, 1). Wait: false if stopped.
  std::function<double()> random;
  std::function<bool(std::chrono::milliseconds, const std::stop_token&)> wait;

  /// Throws ConfigError: attempts from 1 to 100; 0 < least <= most <= 1 h.
  void check() const;
};

namespace detail {

/// One with_retry(): what it has tried, and what it waited.
class RetryRun {
 public:
  explicit RetryRun(const RetrySettings& settings);
  /// Pauses and returns true if there is to be another attempt.
  [[nodiscard]] bool again(const std::exception& error);

 private:
  const RetrySettings& settings_;
  std::mt19937 random_;
  int attempt_ = 0;
  std::chrono::milliseconds pause_;
};

}  // namespace detail

/// Calls `work` until it returns, and returns that. Throws what the last attempt threw, as it was: at once if it isn't transient (nor
/// lost, for work that is repeatable). Throws ConfigError for settings that can't be, before anything is called.
template <typename Work>
POOLGUARD_RUNS_IN_RETRY(1, 0)
std::invoke_result_t<Work&> with_retry(const RetrySettings& settings, Work&& work) {
  detail::RetryRun run(settings);
  while (true) {
    try {
      return work();
    } catch (const std::exception& error) {
      if (!run.again(error)) throw;
    }
  }
}

}  // namespace poolguard
