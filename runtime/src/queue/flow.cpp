#include <set>

#include <fmt/format.h>

#include "engine/caller_transaction.hpp"
#include "poolguard/errors.hpp"
#include "poolguard/queue.hpp"
#include "queue/batch.hpp"
#include "queue/flow_sql.hpp"
#include "queue/new_job.hpp"
#include "queue/payload.hpp"
#include "queue/rows.hpp"
#include "queue/wake_sql.hpp"

namespace poolguard {
namespace {

/// A flow, parents before children.
struct Flat {
  std::vector<NewJob> jobs;
  std::vector<std::optional<std::size_t>> parents;  ///< places in `jobs`
  std::vector<ChildFailure> on_failure;
  std::vector<bool> has_children;
};

void flatten(const Flow& flow, std::optional<std::size_t> parent, Flat& flat) {
  const std::size_t place = flat.jobs.size();
  flat.jobs.push_back(flow.job);
  flat.parents.push_back(parent);
  flat.on_failure.push_back(flow.on_failure);
  flat.has_children.push_back(!flow.children.empty());
  for (const Flow& child : flow.children) flatten(child, place, flat);
}

Flat checked(const Flow& flow, const QueueOptions& queue) {
  Flat flat;
  flatten(flow, {}, flat);
  for (std::size_t i = 0; i < flat.jobs.size(); ++i) {
    const NewJob& job = flat.jobs[i];
    const std::string which = fmt::format("job {} ('{}') of the flow", i, job.name);
    detail::check(job, which, queue);
    if (job.idempotency_key.empty() && !job.coalesce) continue;
    throw ConfigError(fmt::format("{}: a job of a flow has no idempotency key and doesn't coalesce, since one that is there already could "
                                  "be no part of this flow. Nothing was written",
                                  which));
  }
  return flat;
}

std::vector<JobId> insert(TransactionEngine& open, const Flat& flat, const ExecuteOptions& options) {
  detail::check_quotas(open, flat.jobs, options);
  const Result reserved = detail::reserve(open, flat.jobs, options);
  std::vector<JobId> ids;
  std::vector<Params> rows;
  for (std::size_t row = 0; row < flat.jobs.size(); ++row) {
    ids.push_back(reserved.number(row, "id"));
    Params columns = detail::copy_columns(flat.jobs[row], reserved, row);
    columns.add(to_string(flat.has_children[row] ? JobStatus::blocked : JobStatus::waiting));
    const auto parent = flat.parents[row];
    columns.add(parent ? Params::Value(ids[*parent]) : Params::Value(nullptr));
    columns.add(to_string(flat.on_failure[row]));
    rows.push_back(std::move(columns));
  }
  open.copy_in(sql::kCopyFlow, rows, options);
  std::set<std::string> queues;
  for (const NewJob& job : flat.jobs) queues.insert(job.queue);
  open.execute(sql::kNotify, {array_literal(std::vector<std::string>(queues.begin(), queues.end()))}, options);
  return ids;
}

}  // namespace

std::vector<JobId> Queue::add_flow(const Flow& flow, const ExecuteOptions& options) {
  const Flat flat = checked(flow, options_);
  std::vector<JobId> ids;
  try {
    engine_.transaction([&](TransactionEngine& open) { ids = insert(open, flat, options); }, options);
  } catch (const SqlError& error) {
    detail::rethrow_refusal("a payload of the flow", error);
  }
  return ids;
}

std::vector<JobId> Queue::add_flow(TransactionEngine& open, const Flow& flow, const QueueOptions& queue, const ExecuteOptions& options) {
  const Flat flat = checked(flow, queue);
  try {
    return insert(open, flat, options);
  } catch (const SqlError& error) {
    detail::rethrow_refusal("a payload of the flow", error);
  }
}

std::vector<JobId> Queue::add_flow(pqxx::transaction_base& open, const Flow& flow, const QueueOptions& queue) {
  detail::CallerTransaction transaction(open);
  return add_flow(transaction, flow, queue);
}

std::vector<Job> Queue::children(JobId id, const ExecuteOptions& options) {
  return detail::read_jobs(engine_.execute(sql::kChildren, {id}, options));
}

std::size_t Queue::sweep_flows(const ExecuteOptions& options) {
  constexpr std::int64_t kLimit = 1000;
  const Result found = engine_.execute(sql::kFindSettled, {kLimit}, options);
  std::vector<std::int64_t> parents;
  for (std::size_t row = 0; row < found.size(); ++row) parents.push_back(found.number(row, "id"));
  return settle(std::move(parents), options);
}

/// The parents first, then the parents of those that are dead by it, and so on to the root.
std::size_t Queue::settle(std::vector<std::int64_t> parents, const ExecuteOptions& options) {
  std::size_t settled = 0;
  while (!parents.empty()) {
    const Result rows = engine_.execute(sql::kSettleParents, {array_literal(parents)}, options);
    settled += rows.size();
    std::set<std::int64_t> above;
    for (std::size_t row = 0; row < rows.size(); ++row) {
      if (rows.text(row, "status") == to_string(JobStatus::dead) && rows.at(row, "parent_id")) above.insert(rows.number(row, "parent_id"));
    }
    parents.assign(above.begin(), above.end());
  }
  return settled;
}

void Queue::settle_after(const Result& ended, const ExecuteOptions& options) noexcept {
  try {
    std::set<std::int64_t> parents;
    for (std::size_t row = 0; row < ended.size(); ++row) {
      if (ended.at(row, "parent_id")) parents.insert(ended.number(row, "parent_id"));
    }
    settle({parents.begin(), parents.end()}, options);
  } catch (const std::exception&) {
    // The child's end is written, and that is what the caller asked for; the next sweep_flows() looks after the parent.
  }
}

}  // namespace poolguard
