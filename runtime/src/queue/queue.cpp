#include "poolguard/queue.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "poolguard/errors.hpp"
#include "queue/limits_sql.hpp"
#include "queue/payload.hpp"
#include "queue/rows.hpp"
#include "queue/sql.hpp"
#include "queue/wake_sql.hpp"
#include "util/text.hpp"

namespace poolguard {
namespace {

using detail::epochs;
using detail::ids;
using detail::read_job;
using detail::read_jobs;
using detail::read_keys;

/// One sweep takes this many at most, so that a mass failure doesn't make one long statement.
constexpr std::int64_t kSweepLimit = 1000;

std::optional<FailOutcome> read_outcome(const Result& rows) {
  if (rows.empty()) return std::nullopt;
  return FailOutcome{.status = parse_job_status(rows.text(0, "status")).value_or(JobStatus::waiting),
                     .attempts = static_cast<std::int32_t>(rows.number(0, "attempts"))};
}

SweepReport read_sweep(const Result& rows) {
  SweepReport report;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const std::string& status = rows.text(row, "status");
    if (status == to_string(JobStatus::dead)) ++report.dead;
    else if (status == to_string(JobStatus::cancelled)) ++report.cancelled;
    else ++report.requeued;
  }
  return report;
}

/// As kClaim has them.
Params claim_params(const ClaimRequest& request) {
  const std::int64_t limit = static_cast<std::int64_t>(std::min(request.limit, ClaimRequest::kMostJobs));
  return {request.queue, array_literal(request.names), limit, request.worker, request.lease.count(), request.shortest_lease.count()};
}

/// Keys and results. Throws PayloadError.
std::pair<std::vector<LeaseKey>, std::vector<std::optional<std::string>>> checked(const std::vector<Completion>& completions, std::size_t most) {
  std::vector<LeaseKey> keys;
  std::vector<std::optional<std::string>> results;
  for (const Completion& completion : completions) {
    if (completion.result) detail::check_json(fmt::format("the result of job {}", completion.key.id), *completion.result, most);
    keys.push_back(completion.key);
    results.push_back(completion.result);
  }
  return {std::move(keys), std::move(results)};
}

}  // namespace

std::vector<Job> Queue::claim(const ClaimRequest& request, const ExecuteOptions& options) {
  if (request.names.empty() || request.limit == 0) return {};
  const Params params = claim_params(request);
  const Result rows = there_are_limits_ ? engine_.execute_direct(sql::kClaimWithinLimits, params, options)
                                        : engine_.execute_direct(sql::kClaim, params, options);
  there_are_limits_ = rows.text(0, "limits") == "t";
  return detail::read_claimed(rows);
}

std::vector<RenewedLease> Queue::renew(const std::vector<LeaseKey>& keys, const LeaseTerms& terms, const ExecuteOptions& options) {
  if (keys.empty()) return {};
  const Result rows = engine_.execute_direct(sql::kRenew, {ids(keys), epochs(keys), terms.lease.count(), terms.shortest.count()}, options);
  return detail::read_renewed(rows);
}

std::vector<LeaseKey> Queue::verify(const std::vector<LeaseKey>& keys, const ExecuteOptions& options) {
  if (keys.empty()) return {};
  return read_keys(engine_.execute_direct(sql::kVerify, {ids(keys), epochs(keys)}, options));
}

bool Queue::complete(const LeaseKey& key, const std::optional<std::string>& result, const ExecuteOptions& options) {
  if (result) detail::check_json("the result", *result, options_.max_payload_bytes);
  try {
    const Params params{key.id, key.epoch, result};
    Result ended = engine_.execute(sql::kComplete, params, options);
    if (ended.empty()) ended = engine_.execute(sql::kCompleteAndRemove, params, options);
    settle_after(ended, options);
    return ended.size() == 1;
  } catch (const SqlError& error) {
    detail::rethrow_refusal("the result", error);
  }
}

std::vector<LeaseKey> Queue::complete_batch(const std::vector<Completion>& completions, const ExecuteOptions& options) {
  const auto [keys, results] = checked(completions, options_.max_payload_bytes);
  if (keys.empty()) return {};
  try {
    const Result ended = engine_.execute(sql::kCompleteBatch, {ids(keys), epochs(keys), array_literal(results)}, options);
    settle_after(ended, options);
    return read_keys(ended);
  } catch (const SqlError& error) {
    detail::rethrow_refusal("one of the results", error);
  }
}

CompletedAndClaimed Queue::complete_and_claim(const std::vector<Completion>& completions, const ClaimRequest& request,
                                              const ExecuteOptions& options) {
  if (there_are_limits_) return {};
  const auto [keys, results] = checked(completions, options_.max_payload_bytes);
  Params params = claim_params(request);
  params.add(ids(keys));
  params.add(epochs(keys));
  params.add(array_literal(results));
  try {
    const Result rows = engine_.execute_direct(sql::kCompleteAndClaim, params, options);
    there_are_limits_ = rows.text(0, "limits") == "t";
    return {.completed = detail::read_completed(rows), .claimed = detail::read_claimed(rows)};
  } catch (const SqlError& error) {
    detail::rethrow_refusal("one of the results", error);
  }
}

std::optional<FailOutcome> Queue::fail(const LeaseKey& key, std::string_view error, std::chrono::milliseconds delay,
                                       const ExecuteOptions& options) {
  const Result ended = engine_.execute(sql::kFail, {key.id, key.epoch, detail::storable_text(error), delay.count(), false}, options);
  settle_after(ended, options);
  return read_outcome(ended);
}

std::optional<FailOutcome> Queue::fail_for_good(const LeaseKey& key, std::string_view error, const ExecuteOptions& options) {
  const Result ended = engine_.execute(sql::kFail, {key.id, key.epoch, detail::storable_text(error), 0, true}, options);
  settle_after(ended, options);
  return read_outcome(ended);
}

bool Queue::report_progress(const LeaseKey& key, const std::string& progress, const ExecuteOptions& options) {
  detail::check_json("the progress", progress, options_.max_payload_bytes);
  try {
    return engine_.execute(sql::kProgress, {key.id, key.epoch, progress}, options).affected_rows() == 1;
  } catch (const SqlError& error) {
    detail::rethrow_refusal("the progress", error);
  }
}

bool Queue::release(const LeaseKey& key, std::string_view reason, std::chrono::milliseconds delay, const ExecuteOptions& options) {
  const Result ended = engine_.execute(sql::kRelease, {key.id, key.epoch, detail::storable_text(reason), delay.count()}, options);
  settle_after(ended, options);
  return ended.size() == 1;
}

SweepReport Queue::sweep_stalled(std::chrono::milliseconds grace, std::int32_t max_stalls, const ExecuteOptions& options) {
  return read_sweep(engine_.execute(sql::kSweepStalled, {grace.count(), max_stalls, kSweepLimit}, options));
}

SweepReport Queue::sweep_overdue(std::chrono::milliseconds grace, const ExecuteOptions& options) {
  return read_sweep(engine_.execute(sql::kSweepOverdue, {grace.count(), kSweepLimit}, options));
}

std::size_t Queue::sweep_expired(const ExecuteOptions& options) {
  return engine_.execute(sql::kSweepExpired, {kSweepLimit}, options).affected_rows();
}

std::optional<std::chrono::milliseconds> Queue::next_due(std::string_view queue, const std::vector<std::string>& names,
                                                         const ExecuteOptions& options) {
  const Params params{queue, array_literal(names)};
  const Result rows = there_are_limits_ ? engine_.execute(sql::kNextDueWithinLimits, params, options)
                                        : engine_.execute(sql::kNextDue, params, options);
  return detail::ms_or_none(rows, 0, "due_ms");
}

SweepsNeeded Queue::sweeps_needed(std::chrono::milliseconds grace, std::chrono::milliseconds ahead, const ExecuteOptions& options) {
  const Result row = engine_.execute(sql::kSweepsNeeded, {grace.count(), ahead.count()}, options);
  const auto is = [&row](std::string_view column) { return row.text(0, column) == "t"; };
  return {.stalled = is("stalled"), .overdue = is("overdue"), .expired = is("expired"), .flows = is("flows"), .schedules = is("schedules")};
}

std::optional<Job> Queue::get(JobId id, const ExecuteOptions& options) {
  const Result rows = engine_.execute(sql::kGet, {id}, options);
  if (rows.empty()) return std::nullopt;
  return read_job(rows, 0);
}

std::vector<Job> Queue::list(const ListFilter& filter, const ExecuteOptions& options) {
  const Params::Value status = filter.status ? Params::Value(to_string(*filter.status)) : Params::Value(nullptr);
  return read_jobs(engine_.execute(sql::kList, {filter.queue, status, filter.limit, filter.name}, options));
}

QueueStats Queue::stats(const std::optional<std::string>& queue, const ExecuteOptions& options) {
  return detail::read_stats(engine_.execute(sql::kStats, {queue}, options), 0);
}

}  // namespace poolguard
