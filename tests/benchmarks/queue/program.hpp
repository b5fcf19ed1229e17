/// What is measured of our own queue. tests/benchmarks/jobs.py starts it, beside the peers (peers.mjs), which answer in the same way:
/// the program prepares, prints `ready`, waits for a line, does what is measured, and prints a JSON object.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace poolguard::bench {

struct Connections {
  std::string url;
  std::string direct_url;  ///< empty: `url` for both lanes
  std::size_t transaction_pool = 10;
};

struct WorkOptions {
  std::size_t jobs = 10000;
  std::size_t concurrency = 10;
  std::size_t batch = 1;
  std::string metrics_address = {};  ///< where a MetricsServer listens meanwhile; empty: there is none
};

struct AddOptions {
  std::size_t jobs = 10000;
  std::size_t batch = 1000;  ///< 1: each by itself
};

struct LatencyOptions {
  std::size_t jobs = 200;
  std::chrono::milliseconds pause{10};  ///< from a job's start to the next one's adding
};

/// Adds so many jobs, which isn't measured, and works until none is left.
void work(const Connections& connections, const WorkOptions& options);
void add(const Connections& connections, const AddOptions& options);
/// From the call that adds a job to its handler's first line, with an idle worker in the same process.
void latency(const Connections& connections, const LatencyOptions& options);

struct HeartbeatOptions {
  std::size_t beats = 500;
  std::size_t held = 20;    ///< leases that each beat renews
  std::size_t others = 24;  ///< clients of the pooler, each with one slow transaction after the other
  std::chrono::milliseconds transaction{100};
};

struct SoakOptions {
  std::size_t jobs = 5000;  ///< a round
};

/// How long a renewal takes on the session lane, and how long the same statement would on the transaction lane, while that is saturated.
void heartbeat(const Connections& connections, const HeartbeatOptions& options);
/// One worker for all rounds. After each, when its jobs are done and pruned, prints a JSON object and waits for a line: `go` for another.
void soak(const Connections& connections, const SoakOptions& options);

/// Prints the queue's own statements by name, for pgbench.
void statements();

/// A number, up to `jobs`: all have a payload of the same shape.
[[nodiscard]] std::string payload(std::size_t number);

}  // namespace poolguard::bench
