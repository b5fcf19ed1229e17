#include "poolguard/postgres_engine.hpp"

#include <utility>

#include "connection/deadline.hpp"
#include "connection/pg_listener.hpp"
#include "connection/probe.hpp"
#include "engine/postgres_transaction.hpp"

namespace poolguard {

std::unique_ptr<Listener> Engine::listen(std::string_view, const ExecuteOptions&) { return nullptr; }

Health Engine::health(std::chrono::milliseconds timeout) {
  const ExecuteOptions options{.timeout = timeout, .stop = {}};
  Health health;
  health.transaction = detail::probe([&] { execute("SELECT 1", {}, options); });
  health.session = detail::probe([&] { execute_direct("SELECT 1", {}, options); });
  return health;
}

PostgresEngine::PostgresEngine(std::shared_ptr<ConnectionManager> manager) : manager_(std::move(manager)) {}

PostgresEngine::PostgresEngine(ConnectionOptions options)
    : manager_(std::make_shared<ConnectionManager>(std::move(options))) {}

Result PostgresEngine::execute(std::string_view sql, const Params& params, const ExecuteOptions& options) {
  const detail::Deadline deadline(options);
  Connection<Lane::transaction> connection = manager_->transaction_pool().acquire(options);
  return connection.execute(sql, params, deadline.rest(options));
}

Result PostgresEngine::execute_direct(std::string_view sql, const Params& params, const ExecuteOptions& options) {
  const detail::Deadline deadline(options);
  Connection<Lane::session> connection = manager_->session_pool().acquire(options);
  return connection.execute(sql, params, deadline.rest(options));
}

void PostgresEngine::transaction(const std::function<void(TransactionEngine&)>& work, const ExecuteOptions& options) {
  Connection<Lane::transaction> connection = manager_->transaction_pool().acquire(options);
  detail::PostgresTransaction open(connection.raw());
  work(open);
  open.commit(options);
}

void PostgresEngine::require_session_lane() {
  (void)manager_->session_pool();
  constexpr std::chrono::milliseconds kAnswer{10000};
  manager_->check_budget({.timeout = kAnswer, .stop = {}});
}

std::unique_ptr<Listener> PostgresEngine::listen(std::string_view channel, const ExecuteOptions& options) {
  const detail::Deadline deadline(options);
  auto session = manager_->dedicated_session(options);
  if (!session) return nullptr;
  return std::make_unique<detail::PgListener>(std::move(*session), std::string(channel), deadline.rest(options));
}

Health PostgresEngine::health(std::chrono::milliseconds timeout) { return manager_->health(timeout); }

std::string PostgresEngine::describe() const { return "Postgres\n" + manager_->describe().text(); }

}  // namespace poolguard
