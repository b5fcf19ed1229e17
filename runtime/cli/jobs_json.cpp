#include "jobs_json.hpp"

#include <iostream>

namespace poolguard::cli {

ExecuteOptions limits() {
  constexpr std::chrono::milliseconds kCall{10000};
  return {.timeout = kCall, .stop = {}};
}

int say(const Options& options, bool done, const std::string& sentence, nlohmann::json json) {
  if (options.json) {
    json["ok"] = done;
    std::cout << json << '\n';
  } else {
    (done ? std::cout : std::cerr) << sentence << '\n';
  }
  return done ? kOk : kNo;
}

std::string for_reading(const nlohmann::json& json) { return json.dump(2, ' ', true); }

nlohmann::json to_json(const Job& job) {
  nlohmann::json out{{"id", job.id},
                     {"queue", job.queue},
                     {"name", job.name},
                     {"payload", nlohmann::json::parse(job.payload)},
                     {"status", to_string(job.status)},
                     {"priority", job.priority},
                     {"attempts", job.attempts},
                     {"max_attempts", job.max_attempts},
                     {"stalls", job.stalls},
                     {"created_at", job.created_at},
                     {"run_at", job.run_at},
                     {"paused", job.paused},
                     {"cancel_requested", job.cancel_requested}};
  if (!job.locked_by.empty()) out["locked_by"] = job.locked_by;
  if (!job.last_error.empty()) out["last_error"] = job.last_error;
  if (!job.finished_at.empty()) out["finished_at"] = job.finished_at;
  if (!job.result.empty()) out["result"] = nlohmann::json::parse(job.result);
  if (!job.progress.empty()) out["progress"] = nlohmann::json::parse(job.progress);
  if (!job.limit_key.empty()) out["limit_key"] = job.limit_key;
  if (job.lease) out["lease_ms"] = job.lease->count();
  if (job.timeout) out["timeout_ms"] = job.timeout->count();
  if (job.backoff) {
    out["backoff"] = {{"kind", to_string(job.backoff->kind)}, {"initial_ms", job.backoff->initial.count()}};
  }
  if (job.parent != 0) {
    out["parent"] = job.parent;
    out["on_failure"] = to_string(job.on_failure);
  }
  if (job.replay_of != 0) out["replay_of"] = job.replay_of;
  return out;
}

}  // namespace poolguard::cli
