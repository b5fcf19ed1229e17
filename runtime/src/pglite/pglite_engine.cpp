#include "poolguard/pglite_engine.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "connection/deadline.hpp"
#include "connection/pool_core.hpp"
#include "connection/probe.hpp"
#include "connection/watchdog.hpp"
#include "engine/postgres_transaction.hpp"
#include "pglite/free_slot.hpp"
#include "poolguard/connection_manager.hpp"
#include "poolguard/connection_url.hpp"
#include "poolguard/errors.hpp"

namespace poolguard {
namespace {

using detail::PgConnection;
using detail::PoolCore;
using detail::Turn;
using detail::Watchdog;
using Clock = std::chrono::steady_clock;

ConnectionUrl with_defaults(ConnectionUrl url, const PgliteOptions& options) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(options.connect_timeout).count();
  url.set_default("connect_timeout", std::to_string(std::max<std::int64_t>(seconds, 2)));
  url.set_default("application_name", options.application_name);
  url.set_default("host", "127.0.0.1");
  url.set_default("port", "5432");
  url.set_default("user", "postgres");
  url.set_default("dbname", "postgres");
  // Its server answers "no" to TLS, and doesn't know the request for GSSAPI.
  url.set_default("sslmode", "disable");
  url.set_default("gssencmode", "disable");
  return url;
}

/// One session serves every connection, and keeps what the last one left in it.
void take_over_session(PgConnection& connection, const ConnectionUrl& url, const ExecuteOptions& options) {
  const std::string version = connection.execute("SELECT version() AS version", {}, options).text(0, "version");
  if (version.find("PGlite") == std::string::npos) {
    throw ConfigError(fmt::format("what answers at {} is not PGLite but {}. Give its URL as that of a Postgres server "
                                  "(POOLGUARD_DATABASE_URL, --database-url)",
                                  url.redacted(), version));
  }
  connection.execute("DISCARD ALL", {}, options);
}

std::unique_ptr<PgConnection> connect(const ConnectionUrl& url, detail::FreeSlot& slot, Watchdog& watchdog,
                                      std::chrono::milliseconds timeout) {
  if (!slot.await(Clock::now() + timeout)) {
    throw ConnectError(fmt::format("PGLite at {} has had no room within {} ms: its socket server takes one connection at a time, and another "
                                   "program has that (end it first), or a statement runs in it that doesn't end",
                                   url.redacted(), timeout.count()));
  }
  auto connection = std::make_unique<PgConnection>(url, watchdog, detail::ServerKind::pglite);
  take_over_session(*connection, url, {.timeout = timeout, .stop = {}});
  return connection;
}

}  // namespace

PgliteOptions PgliteOptions::from_environment(const std::function<std::optional<std::string>(const std::string&)>& lookup) {
  constexpr const char* kUrl = "POOLGUARD_PGLITE_URL";
  PgliteOptions options;
  options.acquire_timeout = ConnectionOptions::from_environment(lookup).acquire_timeout;
  if (lookup) {
    options.url = lookup(kUrl).value_or("");
  } else if (const char* value = std::getenv(kUrl); value != nullptr) {  // NOLINT(concurrency-mt-unsafe): read at start
    options.url = value;
  }
  if (!options.url.empty()) (void)ConnectionUrl::parse(options.url, kUrl);
  return options;
}

struct PgliteEngine::Inside {
  explicit Inside(PgliteOptions given)
      : options(std::move(given)),
        url(with_defaults(ConnectionUrl::parse(options.url, "PGLite URL"), options)),
        watchdog(std::make_shared<Watchdog>(std::chrono::milliseconds{0})),
        pool(std::make_shared<PoolCore>(
            detail::PoolSettings{.name = "PGLite", .size = 1, .acquire_timeout = options.acquire_timeout},
            [dog = watchdog, to = url, slot = std::make_shared<detail::FreeSlot>(url), timeout = options.connect_timeout,
             events = options.events] {
              auto connection = connect(to, *slot, *dog, timeout);
              emit(events, Level::info, "lane.opened", fmt::format("the only lane goes to PGLite at {}", to.redacted()));
              return connection;
            })) {
    if (options.transaction_limit.count() < 0 || options.acquire_timeout.count() <= 0) {
      throw ConfigError("PGLite options: acquire_timeout must be greater than 0, transaction_limit not less than 0");
    }
  }
  ~Inside() { pool->shutdown(Clock::now()); }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

  [[nodiscard]] detail::Loan acquire(Turn turn, const ExecuteOptions& limits) {
    if (in_transaction == std::this_thread::get_id()) {
      throw SelfDeadlockError("PGLite has one connection, and the open transaction of this thread holds it, so this call would wait for "
                              "itself. Call it on the engine that the transaction's callable is given, or after the transaction");
    }
    return pool->acquire(limits, turn);
  }

  const PgliteOptions options;
  const ConnectionUrl url;
  const std::shared_ptr<Watchdog> watchdog;
  const std::shared_ptr<PoolCore> pool;
  std::atomic<std::thread::id> in_transaction{};  ///< the thread whose open transaction has the connection
};

namespace {

/// Marks this thread as the one with the open transaction.
class InTransaction {
 public:
  explicit InTransaction(std::atomic<std::thread::id>& whose) : whose_(whose) { whose_ = std::this_thread::get_id(); }
  ~InTransaction() {
    // Unless the connection was taken from it, and another has it now.
    std::thread::id mine = std::this_thread::get_id();
    whose_.compare_exchange_strong(mine, std::thread::id());
  }
  InTransaction(const InTransaction&) = delete;
  InTransaction& operator=(const InTransaction&) = delete;

 private:
  std::atomic<std::thread::id>& whose_;
};

/// Takes the connection from a transaction that keeps it too long.
class HoldLimit {
 public:
  /// `connection` is on loan from `pool`, and outlives this.
  HoldLimit(const PgConnection& connection, std::shared_ptr<PoolCore> pool, Watchdog& watchdog, std::chrono::milliseconds limit)
      : limit_(limit) {
    if (limit.count() == 0) return;
    // The watchdog's thread may come after the end.
    const auto take = [hold = hold_, pool = std::move(pool), &connection] {
      const std::lock_guard lock(hold->mutex);
      if (hold->ended) return;
      hold->taken = true;
      pool->abandon(connection);
    };
    watch_ = watchdog.watch({.cancel = take, .cut = take}, Clock::now() + limit, {});
  }
  ~HoldLimit() { end(); }
  HoldLimit(const HoldLimit&) = delete;
  HoldLimit& operator=(const HoldLimit&) = delete;

  /// Ends the watch. Throws StatementTimeoutError if the connection was taken.
  void check() {
    if (!end()) return;
    throw StatementTimeoutError(
        fmt::format("the transaction held PGLite's only connection for longer than {} ms, so it was ended and rolled back: everything else, "
                    "renewals of leases among it, waits meanwhile. Make it shorter, or raise PgliteOptions::transaction_limit",
                    limit_.count()),
        limit_, false);
  }

 private:
  struct Hold {
    std::mutex mutex;
    bool ended = false;
    bool taken = false;
  };

  bool end() {
    const std::lock_guard lock(hold_->mutex);
    hold_->ended = true;
    return hold_->taken;
  }

  const std::chrono::milliseconds limit_;
  const std::shared_ptr<Hold> hold_ = std::make_shared<Hold>();
  std::unique_ptr<Watchdog::Watch> watch_;
};

}  // namespace

PgliteEngine::PgliteEngine(PgliteOptions options) : inside_(std::make_unique<Inside>(std::move(options))) {}

PgliteEngine::~PgliteEngine() = default;

Result PgliteEngine::execute(std::string_view sql, const Params& params, const ExecuteOptions& options) {
  const detail::Deadline deadline(options);
  Connection<Lane::transaction> connection(inside_->acquire(Turn::in_line, options));
  return connection.execute(sql, params, deadline.rest(options));
}

Result PgliteEngine::execute_direct(std::string_view sql, const Params& params, const ExecuteOptions& options) {
  const detail::Deadline deadline(options);
  Connection<Lane::session> connection(inside_->acquire(options.renews ? Turn::renewal : Turn::ahead, options));
  return connection.execute(sql, params, deadline.rest(options));
}

void PgliteEngine::transaction(const std::function<void(TransactionEngine&)>& work, const ExecuteOptions& options) {
  Connection<Lane::transaction> connection(inside_->acquire(Turn::in_line, options));
  const InTransaction mark(inside_->in_transaction);
  HoldLimit limit(connection.raw(), inside_->pool, *inside_->watchdog, inside_->options.transaction_limit);
  detail::PostgresTransaction open(connection.raw());
  try {
    work(open);
  } catch (const ConnectionError&) {
    limit.check();
    throw;
  }
  limit.check();
  open.commit(options);
}

void PgliteEngine::require_session_lane() {
  try {
    (void)inside_->acquire(Turn::ahead, {});
  } catch (const PoolClosedError&) {
    throw;
  } catch (const ConnectionError& error) {
    throw LaneUnavailableError(error.what());
  }
}

Health PgliteEngine::health(std::chrono::milliseconds timeout) {
  Health health = Engine::health(timeout);
  health.transaction.pool = health.session.pool = inside_->pool->stats();
  return health;
}

std::string PgliteEngine::describe() const {
  const PoolStats stats = inside_->pool->stats();
  return fmt::format("PGLite at {}\none lane: the transaction lane and the session lane share the only connection ({}, {} waiting); "
                     "a transaction may hold it for {}",
                     inside_->url.redacted(), stats.in_use != 0 ? "on loan" : stats.open != 0 ? "open" : "not opened yet", stats.waiting,
                     inside_->options.transaction_limit.count() == 0 ? "ever"
                                                                     : fmt::format("{} ms", inside_->options.transaction_limit.count()));
}

}  // namespace poolguard
