/// Do the lanes work, and if one doesn't: whose trouble is it?
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "poolguard/connection_pool.hpp"

namespace poolguard {

enum class LaneState {
  ok,
  pool_starved,        ///< the server answers, but all connections of the pool are on loan: it is too small, or they are held too long
  server_unreachable,  ///< no connection can be made, or nothing answers in time
  lane_unavailable,    ///< the session lane is refused
  failing,             ///< the server answers with an error
};

[[nodiscard]] std::string_view to_string(LaneState state) noexcept;

struct LaneHealth {
  LaneState state = LaneState::ok;
  std::string error;  ///< empty if ok
  std::chrono::milliseconds round_trip{0};
  PoolStats pool = {};  ///< where there is one

  [[nodiscard]] bool ok() const noexcept { return state == LaneState::ok; }
};

struct Health {
  LaneHealth transaction;
  LaneHealth session;

  [[nodiscard]] bool ok() const noexcept { return transaction.ok() && session.ok(); }
  /// For a human, one sentence.
  [[nodiscard]] std::string text() const;
};

}  // namespace poolguard
