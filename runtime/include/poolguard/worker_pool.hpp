/// Work on many items with a few threads. Each item is taken in one step (an atomic fetch_add), so none is taken twice or left out.
#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "poolguard/annotations.hpp"
#include "poolguard/errors.hpp"

namespace poolguard {

/// An item's work throws it, or a type derived from it, when going on with the others makes no sense (a budget is spent, a key was
/// revoked). No item is begun any more; sliding_pool() throws it on.
class PoolAbort : public Error {
 public:
  using Error::Error;
};

struct PoolProgress {
  std::size_t done = 0;    ///< without a failure
  std::size_t failed = 0;
  std::size_t items = 0;
};

struct ItemFailure {
  std::size_t item = 0;
  std::string message;  ///< the start of the exception's text
};

struct SlidingPoolOptions {
  std::size_t concurrency = 4;
  /// No item is begun after a stop request; those that run get the token.
  std::stop_token stop;
  /// After each item, one call at a time, from the pool's threads. What it throws is dropped.
  std::function<void(const PoolProgress&)> on_progress;
  std::size_t most_failures = 20;  ///< kept in the report; all are counted
};

struct SlidingPoolReport {
  std::size_t done = 0;
  std::size_t failed = 0;
  std::size_t not_begun = 0;  ///< after a stop request
  std::vector<ItemFailure> failures;  ///< the first `most_failures`, in the order they came
};

/// Calls `work(item, stop)` for every item from 0 to `items` - 1, at most `concurrency` at a time, and returns when all have ended. An
/// item's exception is that item's failure; PoolAbort ends the pool and is thrown when the items that run have ended. Throws
/// ConfigError for a concurrency that isn't from 1 to 1000.
POOLGUARD_RUNS_IN_WORKERS(1)
SlidingPoolReport sliding_pool(std::size_t items, const std::function<void(std::size_t, const std::stop_token&)>& work,
                               const SlidingPoolOptions& options = {});

namespace detail {
/// Calls `take` for item after item, on `limit` threads, until it returns false or the items are used up. `take` must not throw.
POOLGUARD_RUNS_IN_WORKERS(2)
void take_in_turn(std::size_t items, std::size_t limit, const std::function<bool(std::size_t)>& take);
}  // namespace detail

/// Runs all tasks, at most `limit` at a time, and returns their results in the tasks' order. After a first failure no task is begun;
/// that failure is thrown when those that run have ended. Throws ConfigError for a limit that isn't from 1 to 1000.
template <typename Outcome>
POOLGUARD_RUNS_IN_WORKERS(0)
std::vector<Outcome> run_with_limit(const std::vector<std::function<Outcome()>>& tasks, std::size_t limit) {
  std::vector<std::optional<Outcome>> outcomes(tasks.size());
  std::mutex mutex;
  std::exception_ptr first;
  detail::take_in_turn(tasks.size(), limit, [&](std::size_t item) {
    try {
      outcomes[item].emplace(tasks[item]());
      const std::lock_guard lock(mutex);
      return !first;
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!first) first = std::current_exception();
      return false;
    }
  });
  if (first) std::rethrow_exception(first);
  std::vector<Outcome> all;
  all.reserve(outcomes.size());
  for (auto& outcome : outcomes) all.push_back(std::move(*outcome));
  return all;
}

}  // namespace poolguard
