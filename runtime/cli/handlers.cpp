#include "handlers.hpp"

#include <chrono>

#include <nlohmann/json.hpp>

#include "util/pause.hpp"

namespace poolguard::cli {
namespace {

std::optional<std::string> sleep(const JobContext& context) {
  const auto payload = nlohmann::json::parse(context.job.payload);
  if (!detail::pause_for(std::chrono::milliseconds(payload.value("ms", 1000)), context.stop)) throw JobInterrupted();
  return std::nullopt;
}

}  // namespace

void add_builtin_handlers(Worker& worker) {
  worker.handle("noop", [](const JobContext&) { return std::optional<std::string>(); });
  worker.handle("echo", [](const JobContext& context) { return std::optional<std::string>(context.job.payload); });
  worker.handle("sleep", sleep);
}

}  // namespace poolguard::cli
