#include "connection/pool_core.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "poolguard/errors.hpp"

namespace poolguard::detail {

PoolCore::PoolCore(PoolSettings settings, Connect connect) : settings_(std::move(settings)), connect_(std::move(connect)) {}

Loan PoolCore::acquire(const ExecuteOptions& options, Turn turn) {
  const auto deadline = Clock::now() + options.timeout.value_or(settings_.acquire_timeout);
  Kept kept = wait_for_slot(deadline, options, turn);
  try {
    kept = checked_or_new(std::move(kept), deadline, options);
  } catch (...) {
    free_slot(turn);
    throw;
  }
  {
    const std::lock_guard lock(mutex_);
    if (!closed_) {
      lent_.emplace(kept.connection.get(), Lent{.ends = kept.ends, .turn = turn});
      return {shared_from_this(), std::move(kept.connection)};
    }
  }
  free_slot(turn);
  throw PoolClosedError(fmt::format("the {} pool was shut down", settings_.name));
}

bool PoolCore::is_next(std::size_t ticket, Turn turn) const {
  return turn == Turn::renewal ? renewals_.front() == ticket : next_in_line() == ticket;
}

bool PoolCore::has_room(Turn turn) const {
  if (idle_.empty() && open_ >= settings_.size) return false;
  if (turn == Turn::renewal) return true;
  return settings_.kept_for_renewals == 0 ? renewals_.empty() : others_ + settings_.kept_for_renewals < settings_.size;
}

PoolCore::Kept PoolCore::wait_for_slot(Clock::time_point deadline, const ExecuteOptions& options, Turn turn) {
  std::unique_lock lock(mutex_);
  if (!closed_ && waiting() >= settings_.max_waiting) {
    throw PoolQueueFullError(fmt::format("the wait queue of the {} pool is full ({}). The pool is too small for the load, or its "
                                         "connections are held for too long",
                                         settings_.name, state_text()));
  }
  const std::size_t ticket = next_ticket_++;
  std::deque<std::size_t>& line = turn == Turn::renewal ? renewals_ : turn == Turn::ahead ? ahead_ : queue_;
  line.push_back(ticket);
  const auto ready = [&] { return closed_ || (is_next(ticket, turn) && has_room(turn)); };
  const bool in_time = changed_.wait_until(lock, options.stop, deadline, ready);
  std::erase(line, ticket);
  if (in_time && turn != Turn::renewal) was_ahead_ = turn == Turn::ahead;
  changed_.notify_all();  // the next in the queue may be ready too
  if (closed_) throw PoolClosedError(fmt::format("the {} pool was shut down", settings_.name));
  if (!in_time) {
    if (options.stop.stop_requested()) {
      throw StatementCancelledError(fmt::format("stopped on request in the wait queue of the {} pool", settings_.name), false);
    }
    throw PoolTimeoutError(fmt::format(
        "no connection of the {} pool came free within {} ms ({}). The pool is too small for the load, or its connections are "
        "held for too long",
        settings_.name, options.timeout.value_or(settings_.acquire_timeout).count(), state_text()));
  }
  if (turn != Turn::renewal) ++others_;
  if (idle_.empty()) {
    ++open_;
    return {};
  }
  Kept kept = std::move(idle_.back());
  idle_.pop_back();
  return kept;
}

PoolCore::Kept PoolCore::checked_or_new(Kept kept, Clock::time_point deadline, const ExecuteOptions& options) {
  if (kept.connection && is_fit(kept, deadline, options)) return kept;
  kept.connection.reset();
  kept.connection = connect_();
  const std::lock_guard lock(mutex_);
  kept.ends = end_of_life();
  return kept;
}

bool PoolCore::is_fit(const Kept& kept, Clock::time_point deadline, const ExecuteOptions& options) const {
  // Nobody has asked an idle connection anything, so what its server says is "goodbye", or the end of the stream.
  if (kept.connection->peer_has_spoken()) return false;
  const auto now = settings_.now();
  if (kept.ends && now >= *kept.ends) return false;
  // A connection that a firewall has forgotten, or whose server has vanished, shows it only when it is used.
  if (settings_.validate_after.count() <= 0 || now - kept.idle_since <= settings_.validate_after) return true;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
  const auto most = std::clamp(left, std::chrono::milliseconds{1}, settings_.validate_timeout);
  try {
    kept.connection->execute("SELECT 1", {}, {.timeout = most, .stop = options.stop});
    return kept.connection->reusable();
  } catch (const StatementCancelledError&) {
    throw;
  } catch (const Error&) {
    return false;  // whatever it is: a new connection will show whether it is the server's trouble
  }
}

/// Mutex held.
std::optional<PoolCore::Clock::time_point> PoolCore::end_of_life() {
  if (settings_.max_lifetime.count() <= 0) return std::nullopt;
  constexpr double kJitter = 0.2;
  const double share = 1.0 - std::uniform_real_distribution<double>(0.0, kJitter)(random_);
  return settings_.now() + std::chrono::duration_cast<Clock::duration>(settings_.max_lifetime * share);
}

void PoolCore::adopt(std::unique_ptr<PgConnection> connection) {
  const std::lock_guard lock(mutex_);
  if (closed_ || open_ >= settings_.size) return;
  ++open_;
  idle_.push_back({.connection = std::move(connection), .ends = end_of_life(), .idle_since = settings_.now()});
  changed_.notify_all();
}

void PoolCore::give_back(std::unique_ptr<PgConnection> connection) noexcept {
  const auto now = settings_.now();
  const bool reusable = connection->reusable();
  {
    const std::lock_guard lock(mutex_);
    const auto lent = lent_.find(connection.get());
    if (lent == lent_.end()) return;  // abandoned
    const auto [ends, turn] = lent->second;
    lent_.erase(lent);
    if (turn != Turn::renewal) --others_;
    if (reusable && !closed_ && !winding_down_ && (!ends || now < *ends)) {
      idle_.push_back({.connection = std::move(connection), .ends = ends, .idle_since = now});
    } else {
      --open_;
    }
    changed_.notify_all();
  }
  // If it is still here it is closed now, without the mutex.
}

void PoolCore::abandon(const PgConnection& connection) noexcept {
  const std::lock_guard lock(mutex_);
  const auto lent = lent_.find(&connection);
  if (lent == lent_.end()) return;
  if (lent->second.turn != Turn::renewal) --others_;
  lent_.erase(lent);
  connection.cut();
  --open_;
  changed_.notify_all();
}

void PoolCore::free_slot(Turn turn) noexcept {
  const std::lock_guard lock(mutex_);
  if (turn != Turn::renewal) --others_;
  --open_;
  changed_.notify_all();
}

void PoolCore::wind_down() {
  std::vector<Kept> closing;  // closed when this returns, without the mutex
  const std::lock_guard lock(mutex_);
  winding_down_ = true;
  open_ -= idle_.size();
  closing.swap(idle_);
  changed_.notify_all();
}

std::string PoolCore::state_text() const {
  const std::string kept = settings_.kept_for_renewals > 0 ? fmt::format(", {} kept for renewals", settings_.kept_for_renewals) : "";
  return fmt::format("{} of {} connections on loan{}, {} waiting", lent_.size(), settings_.size, kept, waiting());
}

PoolStats PoolCore::stats() const {
  const std::lock_guard lock(mutex_);
  return {.size = settings_.size, .open = open_, .in_use = lent_.size(), .waiting = waiting()};
}

PoolShutdown PoolCore::shutdown(Clock::time_point deadline) {
  std::vector<Kept> closing;  // closed when this returns, without the mutex
  std::unique_lock lock(mutex_);
  closed_ = true;
  open_ -= idle_.size();
  closing.swap(idle_);
  changed_.notify_all();
  const std::size_t out = lent_.size();
  changed_.wait_until(lock, std::stop_token(), deadline, [this] { return lent_.empty(); });
  for (const auto& [connection, ends] : lent_) connection->cut();
  return {.returned = out - std::min(out, lent_.size()), .cut = lent_.size()};
}

Loan::Loan(std::shared_ptr<PoolCore> pool, std::unique_ptr<PgConnection> connection)
    : pool_(std::move(pool)), connection_(std::move(connection)) {}

Loan::Loan(Loan&&) noexcept = default;

Loan::~Loan() {
  if (connection_) pool_->give_back(std::move(connection_));
}

}  // namespace poolguard::detail
