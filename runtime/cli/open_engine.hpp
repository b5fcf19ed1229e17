#pragma once

#include <memory>

#include "options.hpp"
#include "poolguard/engine.hpp"
#include "poolguard/events.hpp"

namespace poolguard::cli {

/// The engine that the command line, then the environment, ask for; the embedded one if neither names a database.
[[nodiscard]] std::unique_ptr<Engine> open_engine(const Options& options);

/// stderr, and the file that the command line names. Throws ConfigError if that can't be opened.
[[nodiscard]] EventSink events(const Options& options);

}  // namespace poolguard::cli
