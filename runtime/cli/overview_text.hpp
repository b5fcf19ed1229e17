#pragma once

#include <string>
#include <vector>

#include "overview/overview.hpp"

namespace poolguard::cli {

/// For a reader at a terminal, line by line. Whatever the database holds, no line can steer the terminal.
[[nodiscard]] std::vector<std::string> to_lines(const detail::Overview& overview);

}  // namespace poolguard::cli
