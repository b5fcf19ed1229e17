#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "poolguard/queue.hpp"
#include "poolguard/worker.hpp"
#include "worker/renewal.hpp"
#include "worker/running_jobs.hpp"

namespace poolguard::detail {

struct Counters {
  std::atomic<std::uint64_t> claimed = 0, completed = 0, failed = 0, released = 0, cancelled = 0, lost = 0, beats = 0, beats_failed = 0;
  std::atomic<std::uint64_t> claims = 0, notifications = 0;
  std::atomic<bool> listening = false;
};

/// What a handler's end asks for.
struct Ending {
  enum class Kind { complete, fail, fail_for_good, cancel, release };
  Kind kind = Kind::complete;
  std::optional<std::string> result;
  std::string error;
  std::chrono::milliseconds delay{0};
};

struct EndedJob {
  std::shared_ptr<RunningJobs::Entry> entry;
  Ending ending;
};

/// Runs jobs: the handler, then the transition that its end asks for.
class JobRunner {
 public:
  /// All must outlive the runner.
  JobRunner(Queue& queue, const WorkerOptions& options, const std::map<std::string, Handler>& handlers, Renewal& renewal,
            Counters& counters);

  [[nodiscard]] Ending call_handler(const RunningJobs::Entry& entry) const;
  /// Never throws: a transition of which nobody knows that it was written becomes an event; if it wasn't, the lease runs out.
  void write_end(const EndedJob& ended, bool in_doubt = false) noexcept;
  /// The same for many; those that are to be completed by one statement.
  void write_ends(const std::vector<EndedJob>& ended) noexcept;
  /// Gives back a job that no handler has begun.
  void give_back(const Job& job, std::string_view reason) noexcept;

 private:
  enum class Written {
    yes,
    no,       ///< the lease was lost before
    unknown,  ///< an answer was lost, and the row doesn't tell
  };

  /// What is left after one statement for all.
  struct Left {
    std::vector<EndedJob> ended;
    bool in_doubt = false;     ///< the statement may have completed them
    bool unreachable = false;  ///< the database, again and again
  };
  [[nodiscard]] Left complete_together(std::vector<EndedJob> ended);
  void report_progress(const RunningJobs::Entry& entry, std::string_view progress) const;
  [[nodiscard]] std::vector<ChildResult> children(const RunningJobs::Entry& entry) const;
  [[nodiscard]] std::chrono::milliseconds backoff_of(const Job& job);
  void finish(const Job& job, const Ending& ending, bool in_doubt);
  [[nodiscard]] bool write(const Job& job, const Ending& ending);
  [[nodiscard]] Written write_with_patience(const Job& job, const Ending& ending, bool in_doubt);
  [[nodiscard]] static bool ended_by_us(const Job& job, const Job& now);
  [[nodiscard]] bool removed_by_us(const Job& job, const Ending& ending) const;
  [[nodiscard]] double random();

  Queue& queue_;
  const WorkerOptions& options_;
  const std::map<std::string, Handler>& handlers_;
  Renewal& renewal_;
  Counters& counters_;
  std::mutex random_mutex_;
  std::mt19937 random_;
};

}  // namespace poolguard::detail
