#pragma once

#include <memory>

#include "options.hpp"
#include "poolguard/engine.hpp"

namespace poolguard::cli {

/// The engine that the command line, then the environment, ask for; the embedded one if neither names a database.
[[nodiscard]] std::unique_ptr<Engine> open_engine(const Options& options);

}  // namespace poolguard::cli
