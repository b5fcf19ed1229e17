#include "handlers.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>

#include <nlohmann/json.hpp>

namespace poolguard::cli {
namespace {

/// A sleep that the stop token ends.
void sleep_for(std::chrono::milliseconds time, const JobContext& context) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, context.stop, time, [] { return false; });
  context.throw_if_stopped();
}

std::optional<std::string> sleep(const JobContext& context) {
  const auto payload = nlohmann::json::parse(context.job.payload);
  sleep_for(std::chrono::milliseconds(payload.value("ms", 1000)), context);
  return std::nullopt;
}

}  // namespace

void add_builtin_handlers(Worker& worker) {
  worker.handle("noop", [](const JobContext&) { return std::optional<std::string>(); });
  worker.handle("echo", [](const JobContext& context) { return std::optional<std::string>(context.job.payload); });
  worker.handle("sleep", sleep);
}

}  // namespace poolguard::cli
