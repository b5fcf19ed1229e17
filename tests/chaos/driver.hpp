#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace poolguard::chaos {

struct DriverOptions {
  std::filesystem::path program;
  std::filesystem::path histories;  ///< a folder that exists and is empty
  std::uint32_t seed = 1;
  std::chrono::milliseconds mixed{0};  ///< how long faults come together, after each has come alone
  std::vector<std::string> faults;     ///< names of fault_kinds()
  int workers = 3;
  bool async_commit = false;
};

/// Runs workers and a producer under faults, waits until every job has ended, and writes what happened to `histories`:
/// `driver.jsonl` (faults, jobs that were added), `worker-*.jsonl`, and from the server `transitions.jsonl`, `effects.jsonl`, `jobs.jsonl`
/// and `server.log`.
/// checker.py judges it. Throws what keeps it from that.
void drive(const DriverOptions& options);

}  // namespace poolguard::chaos
