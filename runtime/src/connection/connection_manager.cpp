#include "poolguard/connection_manager.hpp"

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "connection/pool_core.hpp"
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

LaneHealth probe(const std::function<void()>& select) {
  const auto start = std::chrono::steady_clock::now();
  LaneHealth health;
  try {
    select();
    health.ok = true;
  } catch (const std::exception& error) {
    health.error = error.what();
  }
  health.round_trip = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
  return health;
}

}  // namespace

/// The pools and the state of the session lane; shared by a manager and its children.
struct ConnectionManager::Shared {
  explicit Shared(ConnectionOptions given)
      : options(std::move(given)),
        primary(ConnectionUrl::parse(options.url, "database URL")),
        plan(detail::plan_session_lane(options, primary)),
        session_url(plan.url),
        session_source(plan.source),
        watchdog(std::make_shared<Watchdog>(options.cancel_grace)),
        transaction_core(make_core("transaction", options.transaction_pool_size, primary)),
        transaction(transaction_core) {
    if (plan.source == SessionSource::corrected) {
      emit(options.events, Level::warning, "lane.corrected",
           fmt::format("the direct URL points at Supabase's transaction pooler; using {} for the session lane",
                       plan.url.redacted()));
    }
  }

  std::shared_ptr<PoolCore> make_core(std::string name, std::size_t size, const ConnectionUrl& url) const {
    return std::make_shared<PoolCore>(detail::PoolSettings{.name = std::move(name),
                                                           .size = size,
                                                           .acquire_timeout = options.acquire_timeout,
                                                           .max_waiting = options.max_waiting},
                                      [dog = watchdog, url = with_client_settings(url, options)] {
                                        return std::make_unique<PgConnection>(url, *dog);
                                      });
  }

  /// Makes the session pool, with its first connection in it. Called by one thread at a time, without the mutex.
  std::shared_ptr<PoolCore> open_session_lane(ConnectionUrl& url, SessionSource& source) const {
    url = plan.url;
    source = plan.source;
    try {
      if (plan.source == SessionSource::disabled) {
        throw LaneUnavailableError(
            "the session lane is switched off (POOLGUARD_DISABLE_DIRECT_POOL): nothing that claims or renews a lease can run. "
            "Unset it, or tell the worker to degrade (leases may be lost under load)");
      }
      return connect_session(url, plan.source == SessionSource::same_url);
    } catch (const ConnectionError& error) {
      if (options.session_lane == SessionLanePolicy::refuse) {
        throw LaneUnavailableError(fmt::format("the session lane can't be had: {}", error.what()));
      }
      emit(options.events, Level::warning, "lane.degraded",
           fmt::format("the session lane can't be had ({}); degraded as told: claims and renewals share the transaction lane's "
                       "server {}, and leases may be lost under load",
                       error.what(), primary.redacted()));
    }
    url = primary;
    source = SessionSource::degraded;
    return connect_session(url, false);
  }

  std::shared_ptr<PoolCore> connect_session(const ConnectionUrl& url, bool verify) const {
    auto first = std::make_unique<PgConnection>(with_client_settings(url, options), *watchdog);
    if (verify) detail::verify_no_pooler(*first, url, {.timeout = options.connect_timeout, .stop = {}});
    auto core = make_core("session", options.session_pool_size, url);
    core->adopt(std::move(first));
    return core;
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
  std::optional<ConnectionPool<Lane::session>> session;
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
  if (shared.session) return *shared.session;
  if (shared.opening) {
    const std::uint64_t attempt = shared.attempt;
    shared.opened.wait(lock, [&] { return !shared.opening || shared.attempt != attempt; });
    if (shared.session) return *shared.session;
    if (shared.failed) std::rethrow_exception(shared.failed);
    throw PoolClosedError("the session pool was shut down");
  }
  shared.opening = true;
  ++shared.attempt;
  shared.failed = nullptr;
  lock.unlock();
  std::shared_ptr<PoolCore> core;
  std::exception_ptr failed;
  ConnectionUrl url;
  SessionSource source = shared.plan.source;
  try {
    core = shared.open_session_lane(url, source);
  } catch (...) {
    failed = std::current_exception();
  }
  lock.lock();
  shared.opening = false;
  shared.failed = failed;
  if (core && !shared.closed) {
    shared.session_core = core;
    shared.session_url = url;
    shared.session_source = source;
    shared.session.emplace(core);
    if (source != SessionSource::degraded) shared.dedicated_core = shared.make_core("dedicated session", kMostDedicatedSessions, url);
  }
  shared.opened.notify_all();
  if (failed) std::rethrow_exception(failed);
  if (!shared.session) throw PoolClosedError("the session pool was shut down");
  return *shared.session;
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

std::shared_ptr<ConnectionManager> ConnectionManager::child() const {
  return std::shared_ptr<ConnectionManager>(new ConnectionManager(shared_, true));
}

Health ConnectionManager::health(std::chrono::milliseconds timeout) {
  const ExecuteOptions options{.timeout = timeout, .stop = {}};
  return {
      .transaction = probe([&] { transaction_pool().acquire(options).execute("SELECT 1", {}, options); }),
      .session = probe([&] { session_pool().acquire(options).execute("SELECT 1", {}, options); }),
  };
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
