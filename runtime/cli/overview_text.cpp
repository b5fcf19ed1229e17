#include "overview_text.hpp"

#include <string_view>

#include <fmt/format.h>

#include "poolguard/connection_url.hpp"
#include "util/text.hpp"

namespace poolguard::cli {
namespace {

using detail::span_text;

/// Cut near `most` bytes. What could steer the terminal goes when the lines are whole; it is a mark of one column before and after.
std::string cell(std::string_view text, std::size_t most) { return detail::storable_text(text, most); }

std::string lane_text(std::string_view name, const LaneHealth& lane) {
  std::string out = fmt::format("{:<12} {}, {} ms, {} of {} connections in use", name, to_string(lane.state), lane.round_trip.count(),
                                lane.pool.in_use, lane.pool.size);
  if (lane.pool.waiting > 0) out += fmt::format(", {} callers wait", lane.pool.waiting);
  if (!lane.error.empty()) out += ": " + redact(lane.error);
  return out;
}

void add_queues(std::vector<std::string>& lines, const std::vector<detail::QueueOverview>& queues) {
  if (queues.empty()) {
    lines.emplace_back("No queue has jobs.");
    return;
  }
  constexpr auto kRow = "{:<20} {:>8} {:>8} {:>8} {:>8} {:>10} {:>8} {:>10} {:>8} {:>8}  {}";
  lines.push_back(fmt::format(kRow, "QUEUE", "blocked", "waiting", "ready", "active", "completed", "dead", "cancelled", "expired", "oldest", ""));
  for (const detail::QueueOverview& queue : queues) {
    const auto count = [&queue](JobStatus status) { return queue.counts.by_status.at(status); };
    lines.push_back(fmt::format(kRow, cell(queue.queue, 20), count(JobStatus::blocked), count(JobStatus::waiting), queue.counts.ready,
                                count(JobStatus::active), count(JobStatus::completed), count(JobStatus::dead), count(JobStatus::cancelled),
                                queue.counts.expired_leases, queue.counts.oldest_ready ? span_text(*queue.counts.oldest_ready) : "-",
                                queue.paused ? "paused" : ""));
    if (!queue.note.empty()) lines.push_back(fmt::format("  {}: {}", queue.wedged ? "WEDGED" : "slow", queue.note));
  }
}

void add_running(std::vector<std::string>& lines, const std::vector<detail::RunningJob>& running) {
  if (running.empty()) {
    lines.emplace_back("No job runs.");
    return;
  }
  constexpr auto kRow = "{:>8}  {:<16} {:<20} {:>8} {:>10}  {:<28} {}";
  lines.push_back(fmt::format(kRow, "RUNNING", "queue", "name", "for", "lease left", "owner", "progress"));
  for (const detail::RunningJob& job : running) {
    const std::string lease = job.lease_left.count() > 0 ? span_text(job.lease_left) : "expired";
    lines.push_back(fmt::format(kRow, job.id, cell(job.queue, 16), cell(job.name, 20), span_text(job.running), lease, cell(job.owner, 28),
                                (job.cancel_requested ? "to be cancelled " : "") + cell(job.progress, 60)));
  }
}

void add_failures(std::vector<std::string>& lines, const std::vector<detail::Failure>& failures) {
  if (failures.empty()) {
    lines.emplace_back("No job has failed.");
    return;
  }
  constexpr auto kRow = "{:>8}  {:<16} {:<20} {:<8} {:>8} {:>8}  {}";
  lines.push_back(fmt::format(kRow, "FAILED", "queue", "name", "status", "attempts", "ago", "error"));
  for (const detail::Failure& job : failures) {
    lines.push_back(fmt::format(kRow, job.id, cell(job.queue, 16), cell(job.name, 20), to_string(job.status),
                                fmt::format("{}/{}", job.attempts, job.max_attempts), span_text(job.age), cell(job.error, 200)));
  }
}

}  // namespace

std::vector<std::string> to_lines(const detail::Overview& overview) {
  std::vector<std::string> lines{lane_text("transaction", overview.lanes.transaction), lane_text("session", overview.lanes.session), ""};
  add_queues(lines, overview.queues);
  lines.emplace_back();
  add_running(lines, overview.running);
  lines.emplace_back();
  add_failures(lines, overview.failures);
  for (std::string& line : lines) line = detail::printable_text(line);
  return lines;
}

}  // namespace poolguard::cli
