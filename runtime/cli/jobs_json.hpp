#pragma once

#include <nlohmann/json.hpp>

#include "poolguard/execute_options.hpp"
#include "poolguard/job.hpp"

namespace poolguard::cli {

/// Of every call to the server.
[[nodiscard]] ExecuteOptions limits();

/// A job as `--json` shows it.
[[nodiscard]] nlohmann::json to_json(const Job& job);

}  // namespace poolguard::cli
