#include "poolguard/worker_pool.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

#include <fmt/format.h>

#include "util/text.hpp"

namespace poolguard {
namespace {

/// Of an exception's text: a thousand failures must not hold a gigabyte.
constexpr std::size_t kMessageBytes = 300;

/// What the threads of one pool share.
class Tally {
 public:
  Tally(std::size_t items, const SlidingPoolOptions& options) : items_(items), options_(options) {}

  void done() {
    const std::lock_guard lock(mutex_);
    ++report_.done;
    tell();
  }
  void failed(std::size_t item, std::string_view message) {
    const std::lock_guard lock(mutex_);
    ++report_.failed;
    if (report_.failures.size() < options_.most_failures) {
      report_.failures.push_back({.item = item, .message = detail::storable_text(message, kMessageBytes)});
    }
    tell();
  }
  void abort(std::exception_ptr reason) {
    const std::lock_guard lock(mutex_);
    if (!aborted_) aborted_ = std::move(reason);
  }
  [[nodiscard]] bool goes_on() {
    const std::lock_guard lock(mutex_);
    return !aborted_ && !options_.stop.stop_requested();
  }
  /// When all threads have ended.
  SlidingPoolReport report() {
    if (aborted_) std::rethrow_exception(aborted_);
    report_.not_begun = items_ - report_.done - report_.failed;
    return std::move(report_);
  }

 private:
  /// Mutex held.
  void tell() const {
    if (!options_.on_progress) return;
    try {
      options_.on_progress({.done = report_.done, .failed = report_.failed, .items = items_});
    } catch (...) {
      // Its contract: who watches must not stop the work.
    }
  }

  const std::size_t items_;
  const SlidingPoolOptions& options_;
  std::mutex mutex_;
  SlidingPoolReport report_;
  std::exception_ptr aborted_;
};

}  // namespace

namespace detail {

void take_in_turn(std::size_t items, std::size_t limit, const std::function<bool(std::size_t)>& take) {
  constexpr std::size_t kMost = 1000;
  if (limit < 1 || limit > kMost) {
    throw ConfigError(fmt::format("a pool works on 1 to {} items at a time; {} was asked for", kMost, limit));
  }
  std::atomic<std::size_t> next = 0;
  std::atomic<bool> over = false;
  std::vector<std::jthread> threads;
  const std::size_t count = std::min(limit, items);
  threads.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    threads.emplace_back([&]() noexcept {
      while (!over) {
        const std::size_t item = next.fetch_add(1);
        if (item >= items) return;
        if (!take(item)) over = true;
      }
    });
  }
}

}  // namespace detail

SlidingPoolReport sliding_pool(std::size_t items, const std::function<void(std::size_t, const std::stop_token&)>& work,
                               const SlidingPoolOptions& options) {
  Tally tally(items, options);
  detail::take_in_turn(items, options.concurrency, [&](std::size_t item) {
    if (!tally.goes_on()) return false;
    try {
      work(item, options.stop);
      tally.done();
    } catch (const PoolAbort&) {
      tally.abort(std::current_exception());
    } catch (const std::exception& error) {
      tally.failed(item, error.what());
    } catch (...) {
      tally.failed(item, "something that is not a std::exception");
    }
    return true;
  });
  return tally.report();
}

}  // namespace poolguard
