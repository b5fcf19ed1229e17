/// Runs a worker on a thread of its own; stops it at the end.
#pragma once

#include <future>
#include <optional>
#include <stop_token>
#include <string>

#include "poolguard/worker.hpp"

namespace poolguard::test {

class Running {
 public:
  explicit Running(Worker& worker) : result_(std::async(std::launch::async, [&worker, token = stop_.get_token()] { return worker.run(token); })) {}
  ~Running() {
    stop_.request_stop();
    if (result_.valid()) result_.wait();
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  void ask_to_stop() { stop_.request_stop(); }
  WorkerReport stop() {
    stop_.request_stop();
    return result_.get();
  }

 private:
  std::stop_source stop_;
  std::future<WorkerReport> result_;
};

/// A handler that does nothing.
inline const Handler kNoop = [](const JobContext&) { return std::optional<std::string>(); };

}  // namespace poolguard::test
