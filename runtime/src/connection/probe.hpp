#pragma once

#include <functional>

#include "poolguard/health.hpp"

namespace poolguard::detail {

/// Runs `select`, which asks the lane something as its users do. If no connection of the pool comes free, `beside` asks the server on a
/// connection of its own (empty: there is no other way), which tells a starved pool from a server that can't be reached.
[[nodiscard]] LaneHealth probe(const std::function<void()>& select, const std::function<void()>& beside = {});

}  // namespace poolguard::detail
