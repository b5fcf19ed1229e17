/// The lane-less inside of a connection pool.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "connection/pg_connection.hpp"
#include "poolguard/connection_pool.hpp"
#include "poolguard/execute_options.hpp"

namespace poolguard::detail {

struct PoolSettings {
  std::string name;  ///< for messages: "transaction", "session"
  std::size_t size = 1;
  std::chrono::milliseconds acquire_timeout{5000};
  std::size_t max_waiting = 1000;
  std::size_t kept_for_renewals = 0;  ///< of `size`: only Turn::renewal has them
  /// A connection that is older isn't handed out, or taken back, any more; 0: no limit. Each has up to a fifth less, at random, so that
  /// those that were made together don't end together.
  std::chrono::milliseconds max_lifetime{0};
  /// One that was idle for longer is asked first whether it still works; 0: none is.
  std::chrono::milliseconds validate_after{0};
  std::chrono::milliseconds validate_timeout{2000};  ///< for the answer
  std::function<std::chrono::steady_clock::time_point()> now = std::chrono::steady_clock::now;  ///< for tests
};

/// Where a caller stands in the wait queue.
enum class Turn {
  in_line,  ///< behind those that came before
  /// Before all that stand in line, but for one of them after each: the session lane's calls, where both lanes share one pool. Without that
  /// turn many claims would keep the jobs' ends away for ever.
  ahead,
  renewal,  ///< before all others, in a line of their own
};

/// Thread-safe. Never connects, validates or closes with its mutex held.
class PoolCore : public std::enable_shared_from_this<PoolCore> {
 public:
  using Connect = std::function<std::unique_ptr<PgConnection>()>;

  PoolCore(PoolSettings settings, Connect connect);

  [[nodiscard]] Loan acquire(const ExecuteOptions& options, Turn turn = Turn::in_line);
  /// Takes a connection that was made elsewhere (the one that proved that the lane works). Closes it if there is no room.
  void adopt(std::unique_ptr<PgConnection> connection);
  void give_back(std::unique_ptr<PgConnection> connection) noexcept;
  /// Cuts a connection that is on loan and gives its place to the next in line, without waiting until it comes back.
  void abandon(const PgConnection& connection) noexcept;
  /// Keeps no connection from now on: closes what is idle, and the others when they come back. Loans can still be had.
  void wind_down();
  [[nodiscard]] PoolStats stats() const;
  /// Refuses new loans, waits for those that are out until `deadline`, then cuts their connections. Idempotent.
  PoolShutdown shutdown(std::chrono::steady_clock::time_point deadline);

 private:
  using Clock = std::chrono::steady_clock;
  struct Kept {
    std::unique_ptr<PgConnection> connection;
    std::optional<Clock::time_point> ends;  ///< of its life
    Clock::time_point idle_since;
  };

  /// A place in the queue; a slot in `open_` is reserved when it returns. Without a connection in it: make a new one.
  [[nodiscard]] Kept wait_for_slot(Clock::time_point deadline, const ExecuteOptions& options, Turn turn);
  [[nodiscard]] Kept checked_or_new(Kept kept, Clock::time_point deadline, const ExecuteOptions& options);
  [[nodiscard]] bool is_fit(const Kept& kept, Clock::time_point deadline, const ExecuteOptions& options) const;
  [[nodiscard]] std::optional<Clock::time_point> end_of_life();
  void free_slot(Turn turn) noexcept;
  /// Mutex held.
  [[nodiscard]] bool is_next(std::size_t ticket, Turn turn) const;
  [[nodiscard]] bool has_room(Turn turn) const;
  /// Of at least one that waits.
  [[nodiscard]] std::size_t next_in_line() const {
    const bool from_queue = ahead_.empty() || (was_ahead_ && !queue_.empty());
    return from_queue ? queue_.front() : ahead_.front();
  }
  [[nodiscard]] std::size_t waiting() const { return renewals_.size() + ahead_.size() + queue_.size(); }
  [[nodiscard]] std::string state_text() const;

  const PoolSettings settings_;
  const Connect connect_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<Kept> idle_;
  struct Lent {
    std::optional<Clock::time_point> ends;  // of its life
    Turn turn;                              // of who has it
  };
  std::unordered_map<const PgConnection*, Lent> lent_;
  std::minstd_rand random_{std::random_device{}()};
  std::deque<std::size_t> renewals_;  // tickets, first come first served …
  std::deque<std::size_t> ahead_;     // … and these after them …
  std::deque<std::size_t> queue_;     // … and these
  bool was_ahead_ = false;         // the last one that was served
  std::size_t next_ticket_ = 0;
  std::size_t open_ = 0;
  std::size_t others_ = 0;  // of these, on loan or being made for anything but a renewal
  bool closed_ = false;
  bool winding_down_ = false;
};

}  // namespace poolguard::detail
