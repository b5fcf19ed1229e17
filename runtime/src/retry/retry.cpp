#include "poolguard/retry.hpp"

#include <string>

#include <fmt/format.h>
#include <pqxx/pqxx>

#include "poolguard/errors.hpp"
#include "poolguard/job.hpp"
#include "util/pause.hpp"

namespace poolguard {
namespace {

FailureKind of_sqlstate(std::string_view state) {
  // Serialisation failure and deadlock; a lock that wasn't to be had; no resources; starting up; no connection made.
  for (const std::string_view passes : {"40", "55P03", "53", "57P03", "08001", "08004"}) {
    if (state.starts_with(passes)) return state == "40003" ? FailureKind::in_doubt : FailureKind::transient;
  }
  // The connection's end: by the network, or by a server that goes down.
  for (const std::string_view ends : {"08", "57P01", "57P02", "57P05", "58"}) {
    if (state.starts_with(ends)) return FailureKind::lost;
  }
  return FailureKind::permanent;
}

template <typename Type>
bool is(const std::exception& error) noexcept {
  return dynamic_cast<const Type*>(&error) != nullptr;
}

FailureKind of_ours(const Error& error) noexcept {
  if (is<InDoubtError>(error)) return FailureKind::in_doubt;
  if (const auto* timeout = dynamic_cast<const StatementTimeoutError*>(&error)) {
    return timeout->in_doubt() ? FailureKind::in_doubt : FailureKind::transient;
  }
  if (const auto* cancelled = dynamic_cast<const StatementCancelledError*>(&error)) {
    return cancelled->in_doubt() ? FailureKind::in_doubt : FailureKind::permanent;
  }
  if (const auto* sql = dynamic_cast<const SqlError*>(&error)) return of_sqlstate(sql->sqlstate());
  if (is<PoolClosedError>(error)) return FailureKind::permanent;
  if (is<PoolTimeoutError>(error) || is<ConnectError>(error) || is<LaneUnavailableError>(error)) return FailureKind::transient;
  return is<ConnectionError>(error) ? FailureKind::lost : FailureKind::permanent;
}

FailureKind of_libpqxx(const std::exception& error) noexcept {
  // In doubt first: libpqxx derives statement_completion_unknown from transaction_rollback.
  if (is<pqxx::in_doubt_error>(error) || is<pqxx::statement_completion_unknown>(error)) return FailureKind::in_doubt;
  if (is<pqxx::transaction_rollback>(error) || is<pqxx::too_many_connections>(error)) return FailureKind::transient;
  if (is<pqxx::broken_connection>(error)) return FailureKind::lost;
  if (const auto* sql = dynamic_cast<const pqxx::sql_error*>(&error)) return of_sqlstate(sql->sqlstate());
  return FailureKind::permanent;
}

}  // namespace

std::string_view to_string(FailureKind kind) noexcept {
  switch (kind) {
    case FailureKind::transient: return "transient";
    case FailureKind::lost: return "lost";
    case FailureKind::in_doubt: return "in doubt";
    case FailureKind::permanent: return "permanent";
  }
  return "unknown";
}

FailureKind classify(const std::exception& error) noexcept {
  const auto* ours = dynamic_cast<const Error*>(&error);
  return ours != nullptr ? of_ours(*ours) : of_libpqxx(error);
}

void RetrySettings::check() const {
  const auto require = [](bool holds, const std::string& what) {
    if (!holds) throw ConfigError("retry settings: " + what + ". Nothing was tried");
  };
  require(attempts >= 1 && attempts <= 100, fmt::format("attempts must be from 1 to 100; it is {}", attempts));
  require(least > least.zero() && most >= least && most <= std::chrono::hours{1},
          fmt::format("least must be greater than 0, and most from least to 1 h; they are {} ms and {} ms", least.count(), most.count()));
}

namespace detail {

RetryRun::RetryRun(const RetrySettings& settings) : settings_(settings), random_(std::random_device{}()), pause_(settings.least) {
  settings.check();
}

bool RetryRun::again(const std::exception& error) {
  ++attempt_;
  const FailureKind kind = classify(error);
  const bool may = kind == FailureKind::transient || (kind == FailureKind::lost && settings_.repeatable);
  if (!may || attempt_ >= settings_.attempts || settings_.stop.stop_requested()) return false;
  const double random = settings_.random ? settings_.random() : std::uniform_real_distribution<double>(0.0, 1.0)(random_);
  const Backoff backoff{.initial = settings_.least, .most = settings_.most, .kind = BackoffKind::decorrelated};
  pause_ = backoff.delay(attempt_, random, pause_);
  if (settings_.on_retry) settings_.on_retry({.attempt = attempt_, .kind = kind, .pause = pause_, .error = error});
  return settings_.wait ? settings_.wait(pause_, settings_.stop) : detail::pause_for(pause_, settings_.stop);
}

}  // namespace detail
}  // namespace poolguard
