#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "overview/overview.hpp"

namespace poolguard::cli {

/// What `watch --json` and the dashboard's /api/state say. No password is in it.
[[nodiscard]] nlohmann::json to_json(const detail::Overview& overview);

/// The time by this machine's clock, in UTC.
[[nodiscard]] std::string now_utc();

/// One line, ASCII only: what is in the texts reaches no terminal as it is, and what isn't UTF-8 hurts nobody.
[[nodiscard]] std::string one_line(const nlohmann::json& json);

}  // namespace poolguard::cli
