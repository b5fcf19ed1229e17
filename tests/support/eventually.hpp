#pragma once

#include <chrono>
#include <functional>

namespace poolguard::test {

/// Asks `holds` again and again, until it is true or `within` has passed. For what another thread or process does: a test never
/// sleeps and hopes.
[[nodiscard]] bool eventually(std::chrono::milliseconds within, const std::function<bool()>& holds);

}  // namespace poolguard::test
