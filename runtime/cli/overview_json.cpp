#include "overview_json.hpp"

#include <chrono>

#include "poolguard/connection_url.hpp"
#include "util/text.hpp"

namespace poolguard::cli {
namespace {

using nlohmann::json;

json ms_or_null(const std::optional<std::chrono::milliseconds>& time) { return time ? json(time->count()) : json(); }

json to_json(const detail::QueueOverview& queue) {
  json out{{"queue", queue.queue},
           {"paused", queue.paused},
           {"paused_jobs", queue.counts.paused},
           {"ready", queue.counts.ready},
           {"expired_leases", queue.counts.expired_leases},
           {"oldest_ready_ms", ms_or_null(queue.counts.oldest_ready)},
           {"since_claim_ms", ms_or_null(queue.since_claim)},
           {"wedged", queue.wedged}};
  for (const auto& [status, count] : queue.counts.by_status) out["jobs"][std::string(to_string(status))] = count;
  if (!queue.note.empty()) out["note"] = queue.note;
  return out;
}

json to_json(const detail::RunningJob& job) {
  json out{{"id", job.id},
           {"queue", job.queue},
           {"name", job.name},
           {"owner", job.owner},
           {"attempts", job.attempts},
           {"max_attempts", job.max_attempts},
           {"cancel_requested", job.cancel_requested},
           {"running_ms", job.running.count()},
           {"lease_left_ms", job.lease_left.count()}};
  if (!job.progress.empty()) out["progress"] = job.progress;
  return out;
}

json to_json(const detail::Failure& job) {
  return {{"id", job.id},
          {"queue", job.queue},
          {"name", job.name},
          {"status", to_string(job.status)},
          {"attempts", job.attempts},
          {"max_attempts", job.max_attempts},
          {"error", job.error},
          {"at", job.at},
          {"age_ms", job.age.count()}};
}

json to_json(const LaneHealth& lane) {
  json out{{"state", to_string(lane.state)},
           {"round_trip_ms", lane.round_trip.count()},
           {"pool", {{"size", lane.pool.size}, {"open", lane.pool.open}, {"in_use", lane.pool.in_use}, {"waiting", lane.pool.waiting}}}};
  if (!lane.error.empty()) out["error"] = redact(lane.error);
  return out;
}

template <typename Parts>
json array_of(const Parts& parts) {
  json out = json::array();
  for (const auto& part : parts) out.push_back(to_json(part));
  return out;
}

}  // namespace

json to_json(const detail::Overview& overview) {
  return {{"at", now_utc()},
          {"queues", array_of(overview.queues)},
          {"running", array_of(overview.running)},
          {"failures", array_of(overview.failures)},
          {"lanes", {{"transaction", to_json(overview.lanes.transaction)}, {"session", to_json(overview.lanes.session)}}}};
}

std::string now_utc() { return detail::utc_text(std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now())); }

std::string one_line(const json& json) { return json.dump(-1, ' ', true, json::error_handler_t::replace); }

}  // namespace poolguard::cli
