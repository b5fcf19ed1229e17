#include "poolguard/connection_manager.hpp"

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "connection/deadline.hpp"
#include "connection/lane_budget.hpp"
#include "connection/lane_recovery.hpp"
#include "connection/pool_core.hpp"
#include "connection/probe.hpp"
#include "connection/session_lane.hpp"
#include "connection/watchdog.hpp"
#include "poolguard/connection_url.hpp"
#include "poolguard/errors.hpp"

namespace poolguard {
namespace {

using detail::PgConnection;
using detail::PoolCore;
using detail::Watchdog;

/// One a worker; a program that asks for more has lost some.
constexpr std::size_t kMostDedicatedSessions = 100;

/// Client-side settings only: a pooler rejects or drops server parameters at startup.
ConnectionUrl with_client_settings(ConnectionUrl url, const ConnectionOptions& options) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(options.connect_timeout).count();
  url.set_default("connect_timeout", std::to_string(std::max<std::int64_t>(seconds, 2)));
  url.set_default("application_name", options.application_name);
  // A dead network must end a statement in bounded time, a cancel request too.
  url.set_default("tcp_user_timeout", "20000");
  url.set_default("keepalives_idle", "30");
  url.set_default("keepalives_interval", "10");
  url.set_default("keepalives_count", "3");
  return url;
}

}  // namespace

/// The pools and the state of the session lane; shared by a manager and its children.
struct ConnectionManager::Shared : std::enable_shared_from_this<Shared> {
  explicit Shared(ConnectionOptions given)
      : options(std::move(given)),
        primary(ConnectionUrl::parse(options.url, "database URL")),
        plan(detail::plan_session_lane(options, primary)),
        session_url(plan.url),
        session_source(plan.source),
        watchdog(std::make_shared<Watchdog>(options.cancel_grace)),
        transaction_core(make_core("transaction", options.transaction_pool_size, connector(primary))),
        transaction(transaction_core) {
    if (plan.source == SessionSource::corrected) {
      emit(options.events, Level::warning, "lane.corrected",
           fmt::format("the direct URL points at Supabase's transaction pooler; using {} for the session lane",
                       plan.url.redacted()));
    }
  }

  using Connect = std::function<std::unique_ptr<PgConnection>()>;

  [[nodiscard]] Connect connector(const ConnectionUrl& url) const {
    return [dog = watchdog, url = with_client_settings(url, options)] { return std::make_unique<PgConnection>(url, *dog); };
  }

  [[nodiscard]] std::shared_ptr<PoolCore> make_core(std::string name, std::size_t size, Connect connect, std::size_t kept_for_renewals = 0) const {
    return std::make_shared<PoolCore>(detail::PoolSettings{.name = std::move(name),
                                                           .size = size,
                                                           .acquire_timeout = options.acquire_timeout,
                                                           .max_waiting = options.max_waiting,
                                                           .kept_for_renewals = kept_for_renewals,
                                                           .max_lifetime = options.max_lifetime,
                                                           .validate_after = options.validate_after},
                                      std::move(connect));
  }

  /// A session pool with its first connection in it, and where it goes.
  struct SessionLane {
    std::shared_ptr<PoolCore> core;
    ConnectionUrl url;
    SessionSource source = SessionSource::same_url;
  };

  /// Called by one thread at a time, without the mutex.
  [[nodiscard]] SessionLane open_session_lane() {
    try {
      SessionLane lane = connect_planned();
      emit(options.events, Level::info, "lane.opened",
           fmt::format("the session lane goes to {} ({})", lane.url.redacted(), to_string(lane.source)));
      return lane;
    } catch (const ConnectionError& error) {
      if (options.session_lane == SessionLanePolicy::refuse) {
        const std::string text = fmt::format("the session lane can't be had: {}", error.what());
        emit(options.events, Level::error, "lane.refused", text);
        throw LaneUnavailableError(text);
      }
      return connect_degraded(error.what());
    }
  }

  /// As planned, or through the session-mode pooler where the direct host can't be reached.
  [[nodiscard]] SessionLane connect_planned() {
    if (plan.source == SessionSource::disabled) {
      throw LaneUnavailableError(
          "the session lane is switched off (POOLGUARD_DISABLE_DIRECT_POOL): nothing that claims or renews a lease can run. "
          "Unset it, or tell the worker to degrade (leases may be lost under load)");
    }
    try {
      return connect_session(plan.url, plan.source);
    } catch (const ConnectError& error) {
      if (!plan.fallback) throw;
      SessionLane lane = connect_session(*plan.fallback, SessionSource::session_pooler);
      emit(options.events, Level::warning, "lane.fallback",
           fmt::format("the direct host can't be reached ({}); the session lane goes through the session-mode pooler {}", error.what(),
                       plan.fallback->redacted()));
      return lane;
    }
  }

  [[nodiscard]] SessionLane connect_degraded(std::string_view why) {
    SessionLane lane = connect_session(primary, SessionSource::degraded);
    emit(options.events, Level::warning, "lane.degraded",
         fmt::format("the session lane can't be had ({}); degraded as told: claims and renewals share the transaction lane's "
                     "server {}, and leases may be lost under load",
                     why, primary.redacted()));
    return lane;
  }

  [[nodiscard]] SessionLane connect_session(const ConnectionUrl& url, SessionSource source) {
    auto first = connector(url)();
    if (source == SessionSource::same_url) {
      detail::verify_no_pooler(*first, url, {.timeout = options.connect_timeout, .stop = {}});
    }
    Connect connect = connector(url);
    if (source != SessionSource::degraded && options.session_lane == SessionLanePolicy::degrade) {
      connect = [weak = weak_from_this(), connect] {
        try {
          return connect();
        } catch (const ConnectError& error) {
          if (const auto self = weak.lock()) self->degrade_after_loss(error.what());
          throw;
        }
      };
    }
    auto core = make_core("session", options.session_pool_size, std::move(connect), options.session_pool_size > 1 ? 1 : 0);
    core->adopt(std::move(first));
    return {.core = std::move(core), .url = url, .source = source};
  }

  /// Mutex held. Whoever has the pool before keeps a valid reference to it.
  void use(const SessionLane& lane) {
    session_core = lane.core;
    session_url = lane.url;
    session_source = lane.source;
    sessions.emplace_back(lane.core);
    dedicated_core = nullptr;
    if (lane.source != SessionSource::degraded) {
      dedicated_core = make_core("dedicated session", kMostDedicatedSessions, connector(lane.url));
    } else if (plan.source != SessionSource::disabled) {
      recovery.emplace(options.session_retry, [weak = weak_from_this()] {
        const auto self = weak.lock();
        return !self || self->recover();
      });
    }
  }

  /// The lane was there, and its server can't be reached any more. If the transaction lane's can, the pool goes there for now; the call
  /// that found out fails all the same.
  void degrade_after_loss(std::string_view why) noexcept {
    const std::unique_lock changing(changing_lane, std::try_to_lock);
    if (!changing) return;  // another caller is at it
    try {
      {
        const std::lock_guard lock(mutex);
        if (closed || session_source == SessionSource::degraded) return;
      }
      const SessionLane lane = connect_degraded(why);
      replace(lane);
    } catch (...) {
      // Neither can be reached: nothing is gained by a change, and the caller says what happened.
    }
  }

  /// Whether there is nothing more to do.
  [[nodiscard]] bool recover() noexcept {
    const std::lock_guard changing(changing_lane);
    try {
      const SessionLane lane = connect_planned();
      if (!replace(lane)) return true;
      emit(options.events, Level::warning, "lane.recovered",
           fmt::format("the session lane is back: it goes to {} ({})", lane.url.redacted(), to_string(lane.source)));
      return true;
    } catch (...) {
      return false;  // not yet; that it is gone was said when it went
    }
  }

  /// False after a shutdown.
  bool replace(const SessionLane& lane) {
    std::shared_ptr<PoolCore> before;
    {
      const std::lock_guard lock(mutex);
      if (closed) return false;
      before = session_core;
      use(lane);
    }
    if (before) before->wind_down();
    return true;
  }

  const ConnectionOptions options;
  const ConnectionUrl primary;
  const detail::SessionLanePlan plan;

  std::mutex mutex;
  std::condition_variable opened;
  bool opening = false;
  bool closed = false;
  std::exception_ptr failed;     // of the attempt that callers are waiting for
  std::uint64_t attempt = 0;
  ConnectionUrl session_url;     // in use, or planned
  SessionSource session_source;  // in use, or planned

  std::shared_ptr<Watchdog> watchdog;
  std::shared_ptr<PoolCore> transaction_core;
  std::shared_ptr<PoolCore> session_core;
  std::shared_ptr<PoolCore> dedicated_core;  // none if degraded
  ConnectionPool<Lane::transaction> transaction;
  std::deque<ConnectionPool<Lane::session>> sessions;  // the last one is in use
  std::mutex changing_lane;                            // never taken with `mutex` held
  std::optional<detail::LaneRecovery> recovery;        // while degraded
  std::mutex budget_mutex;
  bool budget_checked = false;
};

ConnectionManager::ConnectionManager(ConnectionOptions options) : shared_(std::make_shared<Shared>(std::move(options))) {}

ConnectionManager::ConnectionManager(std::shared_ptr<Shared> shared, bool inherited)
    : shared_(std::move(shared)), inherited_(inherited) {}

ConnectionManager::~ConnectionManager() { shutdown(std::chrono::milliseconds{0}); }

ConnectionPool<Lane::transaction>& ConnectionManager::transaction_pool() { return shared_->transaction; }

ConnectionPool<Lane::session>& ConnectionManager::session_pool() {
  Shared& shared = *shared_;
  std::unique_lock lock(shared.mutex);
  if (shared.closed) throw PoolClosedError("the session pool was shut down");
  if (!shared.sessions.empty()) return shared.sessions.back();
  if (shared.opening) {
    const std::uint64_t attempt = shared.attempt;
    shared.opened.wait(lock, [&] { return !shared.opening || shared.attempt != attempt; });
    if (!shared.sessions.empty()) return shared.sessions.back();
    if (shared.failed) std::rethrow_exception(shared.failed);
    throw PoolClosedError("the session pool was shut down");
  }
  shared.opening = true;
  ++shared.attempt;
  shared.failed = nullptr;
  lock.unlock();
  Shared::SessionLane lane;
  std::exception_ptr failed;
  try {
    lane = shared.open_session_lane();
  } catch (...) {
    failed = std::current_exception();
  }
  lock.lock();
  shared.opening = false;
  shared.failed = failed;
  if (lane.core && !shared.closed) shared.use(lane);
  shared.opened.notify_all();
  if (failed) std::rethrow_exception(failed);
  if (shared.sessions.empty()) throw PoolClosedError("the session pool was shut down");
  return shared.sessions.back();
}

std::optional<Connection<Lane::session>> ConnectionManager::dedicated_session(const ExecuteOptions& options) {
  (void)session_pool();
  std::shared_ptr<PoolCore> core;
  {
    const std::lock_guard lock(shared_->mutex);
    core = shared_->dedicated_core;
  }
  if (!core) return std::nullopt;
  Connection<Lane::session> session(core->acquire(options));
  session.raw().retire();
  return std::optional<Connection<Lane::session>>(std::move(session));
}

LaneBudget ConnectionManager::budget(const ExecuteOptions& options) {
  const detail::Deadline deadline(options);
  bool pooled = false, degraded = false;
  {
    Connection<Lane::transaction> connection = transaction_pool().acquire(options);
    const auto pid = connection.execute("SELECT pg_backend_pid() AS pid", {}, deadline.rest(options)).number(0, "pid");
    pooled = pid != connection.raw().handshake_pid();
  }
  Connection<Lane::session> session = session_pool().acquire(deadline.rest(options));
  const Result row = session.execute(detail::kServerLimits, {}, deadline.rest(options));
  {
    const std::lock_guard lock(shared_->mutex);
    degraded = shared_->session_source == SessionSource::degraded;
  }
  return detail::reckon(shared_->options, detail::read_limits(row), pooled, degraded);
}

void ConnectionManager::check_budget(const ExecuteOptions& options) {
  const ConnectionOptions& ours = shared_->options;
  if (ours.budget == BudgetPolicy::off) return;
  // Not std::call_once: what its callable throws leaves it locked under ThreadSanitizer.
  const std::lock_guard one_at_a_time(shared_->budget_mutex);
  if (shared_->budget_checked) return;
  LaneBudget found;
  try {
    found = budget(options);
  } catch (const Error& error) {
    shared_->budget_checked = true;
    emit(ours.events, Level::warning, "lane.budget_unknown",
         fmt::format("whether the pools fit into what the server allows is not known: {}", error.what()));
    return;
  }
  if (!found.fits() && ours.budget == BudgetPolicy::refuse) throw LaneBudgetError(found.text());
  shared_->budget_checked = true;
  emit(ours.events, found.fits() ? Level::info : Level::warning, "lane.budget", found.text());
}

std::shared_ptr<ConnectionManager> ConnectionManager::child() const {
  return std::shared_ptr<ConnectionManager>(new ConnectionManager(shared_, true));
}

Health ConnectionManager::health(std::chrono::milliseconds timeout) {
  const ExecuteOptions options{.timeout = timeout, .stop = {}};
  const auto beside = [&](const ConnectionUrl& url) {
    ConnectionUrl impatient = url;
    impatient.set("connect_timeout", std::to_string(std::max<std::int64_t>(std::chrono::ceil<std::chrono::seconds>(timeout).count(), 2)));
    shared_->connector(impatient)()->execute("SELECT 1", {}, options);
  };
  Health health;
  health.transaction = detail::probe(
      [&] {
        const detail::Deadline deadline(options);
        Connection<Lane::transaction> connection = transaction_pool().acquire(options);
        connection.execute("SELECT 1", {}, deadline.rest(options));
      },
      [&] { beside(shared_->primary); });
  health.session = detail::probe(
      [&] {
        const detail::Deadline deadline(options);
        Connection<Lane::session> connection = session_pool().acquire(options);
        connection.execute("SELECT 1", {}, deadline.rest(options));
      },
      [&] { beside(session_url()); });
  const Description now = describe();
  health.transaction.pool = now.transaction;
  health.session.pool = now.session;
  return health;
}

ConnectionUrl ConnectionManager::session_url() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->session_url;
}

Description ConnectionManager::describe() const {
  const std::lock_guard lock(shared_->mutex);
  Description description;
  description.transaction_url = shared_->primary.redacted();
  description.session_source = shared_->session_source;
  if (shared_->session_source != SessionSource::disabled) description.session_url = shared_->session_url.redacted();
  description.session_open = shared_->session_core != nullptr;
  description.inherited = inherited_;
  description.transaction = shared_->transaction_core->stats();
  if (shared_->dedicated_core) description.dedicated_sessions = shared_->dedicated_core->stats().open;
  if (shared_->session_core) description.session = shared_->session_core->stats();
  else description.session.size = shared_->options.session_pool_size;
  return description;
}

ManagerShutdown ConnectionManager::shutdown(std::chrono::milliseconds within) {
  if (inherited_) return {};
  const auto deadline = std::chrono::steady_clock::now() + within;
  std::shared_ptr<PoolCore> session, dedicated;
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->closed = true;
    session = shared_->session_core;
    dedicated = shared_->dedicated_core;
    shared_->recovery.reset();
  }
  ManagerShutdown report;
  report.transaction = shared_->transaction_core->shutdown(deadline);
  if (session) report.session = session->shutdown(deadline);
  if (dedicated) {
    const PoolShutdown more = dedicated->shutdown(deadline);
    report.session.returned += more.returned;
    report.session.cut += more.cut;
  }
  return report;
}

}  // namespace poolguard
