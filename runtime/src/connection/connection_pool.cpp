#include "poolguard/connection_pool.hpp"

#include "connection/deadline.hpp"
#include "connection/pool_core.hpp"

namespace poolguard {

Connection<Lane::transaction> ConnectionPool<Lane::transaction>::acquire(const ExecuteOptions& options) {
  return Connection<Lane::transaction>(core_->acquire(options));
}

PoolStats ConnectionPool<Lane::transaction>::stats() const { return core_->stats(); }

Connection<Lane::session> ConnectionPool<Lane::session>::acquire(const ExecuteOptions& options) {
  return Connection<Lane::session>(core_->acquire(options, options.renews ? detail::Turn::renewal : detail::Turn::in_line));
}

PoolStats ConnectionPool<Lane::session>::stats() const { return core_->stats(); }

Result Connection<Lane::transaction>::execute(std::string_view sql, const Params& params, const ExecuteOptions& options) {
  return loan_.connection().execute(sql, params, options);
}

Result Connection<Lane::session>::execute(std::string_view sql, const Params& params, const ExecuteOptions& options) {
  return loan_.connection().execute(sql, params, options);
}

void Connection<Lane::session>::set_parameter(std::string_view name, std::string_view value, const ExecuteOptions& options) {
  loan_.connection().retire();
  execute("SELECT set_config($1, $2, false)", {name, value}, options);
}

bool Connection<Lane::session>::try_advisory_lock(std::int64_t key, const ExecuteOptions& options) {
  loan_.connection().retire();
  return execute("SELECT pg_try_advisory_lock($1::bigint) AS locked", {key}, options).text(0, "locked") == "t";
}

bool Connection<Lane::session>::advisory_unlock(std::int64_t key, const ExecuteOptions& options) {
  return execute("SELECT pg_advisory_unlock($1::bigint) AS unlocked", {key}, options).text(0, "unlocked") == "t";
}

}  // namespace poolguard
