#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "worker/job_runner.hpp"

namespace poolguard::detail {

/// Has the ends of jobs written together, on a thread of its own, and makes none wait for others: what comes while a write is under way is
/// the next write. Thread-safe.
class Completions {
 public:
  /// `write` gets up to `most` at a time, and must not throw.
  Completions(std::size_t most, std::function<void(const std::vector<EndedJob>&)> write);
  /// Has what is left written first.
  ~Completions() = default;
  Completions(const Completions&) = delete;
  Completions& operator=(const Completions&) = delete;

  void add(EndedJob ended);

 private:
  /// The next ones; none once it is to stop and nothing is left.
  [[nodiscard]] std::vector<EndedJob> take(const std::stop_token& stop);

  const std::size_t most_;
  const std::function<void(const std::vector<EndedJob>&)> write_;
  std::mutex mutex_;
  std::condition_variable_any added_;
  std::vector<EndedJob> ended_;
  std::jthread thread_;
};

}  // namespace poolguard::detail
