#pragma once

#include "poolguard/worker.hpp"

namespace poolguard::cli {

/// `noop`, `sleep` (payload {"ms": 1000}) and `echo` (its payload is its result).
void add_builtin_handlers(Worker& worker);

}  // namespace poolguard::cli
