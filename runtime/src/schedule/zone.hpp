#pragma once

#include <string_view>

#include "poolguard/engine.hpp"
#include "schedule/cron.hpp"

namespace poolguard::detail {

/// The first firing after `after` by the server's clock data of `zone`. Throws ConfigError if none comes within twelve years.
[[nodiscard]] Instant next_in_zone(Engine& engine, const Cron& cron, std::string_view zone, Instant after, const ExecuteOptions& options);

}  // namespace poolguard::detail
