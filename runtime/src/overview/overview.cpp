#include "overview/overview.hpp"

#include <fmt/format.h>

#include "overview/overview_sql.hpp"
#include "poolguard/errors.hpp"
#include "queue/rows.hpp"
#include "util/text.hpp"

namespace poolguard::detail {
namespace {

std::vector<std::string> due_names(Engine& engine, const std::string& queue, const ExecuteOptions& limits) {
  constexpr int kNames = 1000;
  const Result rows = engine.execute(sql::kDueNames, {queue, kNames}, limits);
  std::vector<std::string> names;
  for (std::size_t row = 0; row < rows.size(); ++row) names.push_back(rows.text(row, "name"));
  return names;
}

/// Work that its limits or a pause hold back is no sign of a wedge, and only next_due() knows of those: it is asked where the counts make
/// one suspicious.
void judge(Engine& engine, QueueOverview& of, std::chrono::milliseconds after, const ExecuteOptions& limits) {
  if (of.paused || of.counts.oldest_ready.value_or(std::chrono::milliseconds{0}) < after) return;
  if (of.since_claim && *of.since_claim < after) return;
  const auto due = Queue(engine).next_due(of.queue, due_names(engine, of.queue, limits), limits);
  if (!due || -*due < after) return;
  const std::int64_t held = of.counts.by_status.at(JobStatus::active) - of.counts.expired_leases;
  of.wedged = held == 0;
  of.note = fmt::format("a job has been due for {}, and nothing was claimed for {}: {}", span_text(-*due),
                        of.since_claim ? span_text(*of.since_claim) : "as long as is known",
                        of.wedged ? "no worker runs for it, or the workers are wedged"
                                  : fmt::format("the workers that run {} jobs have no handler free, or are wedged", held));
}

std::vector<QueueOverview> look_at_queues(Engine& engine, const OverviewOptions& options, const ExecuteOptions& limits) {
  const Result rows = engine.execute(sql::kQueueOverviews, {options.queues}, limits);
  std::vector<QueueOverview> queues;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    QueueOverview queue{.queue = rows.text(row, "queue"),
                        .counts = read_stats(rows, row),
                        .paused = rows.text(row, "queue_paused") == "t",
                        .since_claim = ms_or_none(rows, row, "since_claim_ms"),
                        .note = {}};
    judge(engine, queue, options.wedge_after, limits);
    queues.push_back(std::move(queue));
  }
  return queues;
}

std::vector<RunningJob> look_at_running(Engine& engine, std::size_t most, const ExecuteOptions& limits) {
  const Result rows = engine.execute(sql::kRunning, {most}, limits);
  std::vector<RunningJob> running;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    running.push_back({.id = rows.number(row, "id"),
                       .queue = rows.text(row, "queue"),
                       .name = rows.text(row, "name"),
                       .owner = rows.at(row, "locked_by").value_or(""),
                       .attempts = static_cast<std::int32_t>(rows.number(row, "attempts")),
                       .max_attempts = static_cast<std::int32_t>(rows.number(row, "max_attempts")),
                       .cancel_requested = rows.text(row, "cancel_requested") == "t",
                       .progress = rows.at(row, "progress").value_or(""),
                       .running = ms_or_none(rows, row, "running_ms").value_or(std::chrono::milliseconds{0}),
                       .lease_left = std::chrono::milliseconds(rows.number(row, "lease_left_ms"))});
  }
  return running;
}

std::vector<Failure> look_at_failures(Engine& engine, std::size_t most, const ExecuteOptions& limits) {
  const Result rows = engine.execute(sql::kFailures, {most}, limits);
  std::vector<Failure> failures;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    failures.push_back({.id = rows.number(row, "id"),
                        .queue = rows.text(row, "queue"),
                        .name = rows.text(row, "name"),
                        .status = parse_job_status(rows.text(row, "status")).value_or(JobStatus::dead),
                        .attempts = static_cast<std::int32_t>(rows.number(row, "attempts")),
                        .max_attempts = static_cast<std::int32_t>(rows.number(row, "max_attempts")),
                        .error = rows.at(row, "last_error").value_or(""),
                        .at = rows.at(row, "seen_at").value_or(""),
                        .age = ms_or_none(rows, row, "age_ms").value_or(std::chrono::milliseconds{0})});
  }
  return failures;
}

}  // namespace

Overview look_at(Engine& engine, const OverviewOptions& options, const ExecuteOptions& limits) {
  return {.queues = look_at_queues(engine, options, limits),
          .running = look_at_running(engine, options.running, limits),
          .failures = look_at_failures(engine, options.failures, limits),
          .lanes = engine.health(options.probe_timeout)};
}

}  // namespace poolguard::detail
