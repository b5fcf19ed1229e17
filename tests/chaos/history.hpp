#pragma once

#include <cstdint>
#include <filesystem>

#include <nlohmann/json_fwd.hpp>

namespace poolguard::chaos {

/// What one process saw, one JSON object a line, each appended by one write(): a SIGKILL loses nothing that was written. Thread-safe.
class History {
 public:
  /// Appends to `file`. Throws std::system_error.
  explicit History(const std::filesystem::path& file);
  ~History();
  History(const History&) = delete;
  History& operator=(const History&) = delete;

  /// Adds the member "at", and writes. Throws std::system_error: what isn't written down can't be checked.
  void write(nlohmann::json event);

 private:
  int file_ = -1;
};

/// Microseconds since 1970, by the kernel itself: libfaketime steps what a program asks the C library for.
[[nodiscard]] std::int64_t true_time();

}  // namespace poolguard::chaos
