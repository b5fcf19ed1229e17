#pragma once

#include <functional>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "chaos/stage.hpp"

namespace poolguard::chaos {

/// Something that goes wrong from begin() to end(), or at begin() alone. The driver calls the two in turn, and sees to it that end()
/// comes last. What they return says what they did; what they throw is why they couldn't.
class Fault {
 public:
  Fault() = default;
  virtual ~Fault() = default;
  Fault(const Fault&) = delete;
  Fault& operator=(const Fault&) = delete;

  virtual std::string begin(Stage& stage, std::minstd_rand& random) = 0;
  virtual std::string end(Stage& /*stage*/) { return {}; }
};

struct FaultKind {
  std::string_view name;
  std::string_view what;                       ///< for the table in docs/chaos.md
  std::function<std::unique_ptr<Fault>()> make;
};

[[nodiscard]] const std::vector<FaultKind>& fault_kinds();

}  // namespace poolguard::chaos
