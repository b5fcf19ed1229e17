#pragma once

#include <filesystem>
#include <string>

namespace poolguard::chaos {

struct WorkerArguments {
  std::string id;
  std::string url;         ///< the transaction lane
  std::string direct_url;  ///< the session lane
  std::filesystem::path history;
};

/// A worker process: runs jobs until SIGTERM. Returns the exit status: 0 drained, 1 it could not work (the history says why), 3 a handler
/// would not stop.
int work(const WorkerArguments& arguments);

/// The timing of the workers; the driver's faults last as long as these make it interesting.
inline constexpr int kLeaseMs = 1200;
inline constexpr int kStalledGraceMs = 200;
inline constexpr int kMaxStalls = 12;
inline constexpr int kMaxAttempts = 3;

}  // namespace poolguard::chaos
