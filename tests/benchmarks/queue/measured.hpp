/// What the measures share.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <vector>

#include <nlohmann/json.hpp>

#include "benchmarks/queue/program.hpp"
#include "poolguard/job.hpp"
#include "poolguard/postgres_engine.hpp"

namespace poolguard::bench {

[[nodiscard]] ConnectionOptions connection_options(const Connections& connections);

/// Says that all is prepared, and waits for a line.
void wait_for_go();

/// Measures `what`, and prints it with what it returns.
void measured(std::size_t jobs, const std::function<nlohmann::json()>& what);

[[nodiscard]] std::vector<NewJob> batch_of(std::size_t first, std::size_t count);

}  // namespace poolguard::bench
