#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "process/supervised_process.hpp"

namespace poolguard::test {

/// PGLite's socket server with a database of its own, on a unix socket. Ends with the test however that ends.
class PgliteProcess {
 public:
  /// Throws std::runtime_error with the remedy if PGLite isn't installed ($POOLGUARD_TEST_PGLITE).
  PgliteProcess();

  /// With a password in it, which the server doesn't ask for: it must never show anywhere.
  [[nodiscard]] std::string url() const;
  /// Stops the process where it stands, and lets it go on.
  void freeze() const;
  void thaw() const;

 private:
  std::filesystem::path folder_;
  std::unique_ptr<detail::SupervisedProcess> process_;
};

}  // namespace poolguard::test
