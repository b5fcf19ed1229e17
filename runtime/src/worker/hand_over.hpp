#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "worker/job_runner.hpp"

namespace poolguard::detail {

/// Takes handlers from the job that they have ended to the next one, without a thread in between: a handler whose turn it is sends one
/// statement for all that have come meanwhile, while the others wait for their answer. So one is under way at a time, and takes one
/// session, however many handlers there are. Thread-safe.
class HandOver {
 public:
  /// Of one handler; used by whichever thread sends the statement.
  struct Turn {
    const EndedJob& ended;
    bool written = false;   ///< the end; else it is still to be
    bool in_doubt = false;  ///< it may have been written
    std::shared_ptr<RunningJobs::Entry> next = {};

    /// For HandOver alone.
    bool over = false;
    std::condition_variable changed = {};
  };

  /// `send` fills the turns, and must not throw.
  explicit HandOver(std::function<void(const std::vector<Turn*>&)> send) : send_(std::move(send)) {}

  /// Returns when the turn is filled.
  void take(Turn& turn);

 private:
  const std::function<void(const std::vector<Turn*>&)> send_;
  std::mutex mutex_;  // not held while a statement is under way
  std::vector<Turn*> waiting_;
  bool under_way_ = false;
};

}  // namespace poolguard::detail
