#pragma once

#include <string>

namespace poolguard::detail {

/// host:pid:random, so that two runs never pass for one.
[[nodiscard]] std::string make_worker_id();

}  // namespace poolguard::detail
