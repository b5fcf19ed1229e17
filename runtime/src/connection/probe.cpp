#include "connection/probe.hpp"

#include <exception>

#include <fmt/format.h>

#include "poolguard/errors.hpp"

namespace poolguard {

std::string_view to_string(LaneState state) noexcept {
  switch (state) {
    case LaneState::ok: return "ok";
    case LaneState::pool_starved: return "pool starved";
    case LaneState::server_unreachable: return "server unreachable";
    case LaneState::lane_unavailable: return "lane unavailable";
    case LaneState::failing: return "failing";
  }
  return "unknown";
}

std::string Health::text() const {
  const auto lane = [](std::string_view name, const LaneHealth& health) {
    if (health.ok()) return fmt::format("{} lane: ok, {} ms", name, health.round_trip.count());
    return fmt::format("{} lane: {} ({})", name, to_string(health.state), health.error);
  };
  return lane("transaction", transaction) + "; " + lane("session", session);
}

namespace detail {
namespace {

void judge(LaneHealth& health, const std::function<void()>& ask, const std::function<void()>& beside) {
  try {
    ask();
    return;
  } catch (const PoolTimeoutError& error) {
    health.state = LaneState::pool_starved;
    health.error = error.what();
  } catch (const LaneUnavailableError& error) {
    health.state = LaneState::lane_unavailable;
    health.error = error.what();
  } catch (const ConnectionError& error) {
    health.state = LaneState::server_unreachable;
    health.error = error.what();
  } catch (const std::exception& error) {
    health.state = LaneState::failing;
    health.error = error.what();
  }
  if (health.state != LaneState::pool_starved || !beside) return;
  LaneHealth other;
  judge(other, beside, {});
  if (!other.ok()) {
    health.state = other.state;
    health.error = other.error;
  }
}

}  // namespace

LaneHealth probe(const std::function<void()>& select, const std::function<void()>& beside) {
  const auto start = std::chrono::steady_clock::now();
  LaneHealth health;
  judge(health, select, beside);
  health.round_trip = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
  return health;
}

}  // namespace detail
}  // namespace poolguard
