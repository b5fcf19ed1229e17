#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "engine/caller_transaction.hpp"
#include "poolguard/errors.hpp"
#include "poolguard/queue.hpp"
#include "queue/batch.hpp"
#include "queue/enqueue_sql.hpp"
#include "queue/new_job.hpp"
#include "queue/payload.hpp"
#include "queue/rows.hpp"
#include "queue/wake_sql.hpp"

namespace poolguard {
namespace {

using detail::backoff_or_none;
using detail::ms_or_none;
using detail::Number;
using detail::or_null;

Number run_at_ms(const NewJob& job) {
  if (!job.run_at) return std::nullopt;
  return std::chrono::duration_cast<std::chrono::milliseconds>(job.run_at->time_since_epoch()).count();
}

bool is_once(const NewJob& job) { return job.coalesce || !job.idempotency_key.empty(); }

/// Of the rows of kAddOnce.
enum class Outcome { none, added, existing, quota };

std::pair<Outcome, JobId> best_outcome(const Result& rows) {
  std::pair<Outcome, JobId> best{Outcome::none, 0};
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const std::string& outcome = rows.text(row, "outcome");
    if (outcome == "added") return {Outcome::added, rows.number(row, "id")};
    if (outcome == "existing") best = {Outcome::existing, rows.number(row, "id")};
    else if (best.first == Outcome::none) best.first = Outcome::quota;
  }
  return best;
}

Params add_params(const NewJob& job) {
  return {job.queue,
          job.name,
          job.payload,
          job.priority,
          or_null(run_at_ms(job)),
          job.delay.count(),
          job.max_attempts,
          or_null(ms_or_none(job.waiting_ttl)),
          or_null(ms_or_none(job.lease)),
          or_null(ms_or_none(job.timeout)),
          or_null(ms_or_none(job.deadline)),
          backoff_or_none(job),
          detail::text_or_null(job.limit_key),
          job.remove_completed};
}

Params add_once_params(const NewJob& job, const Number& quota) {
  Params params = add_params(job);
  params.add(detail::text_or_null(job.idempotency_key));
  params.add(job.coalesce);
  params.add(or_null(quota));
  return params;
}

[[noreturn]] void throw_quota(const NewJob& job, std::int64_t quota) {
  throw QuotaError(fmt::format("{} jobs named '{}' may wait in queue '{}', and as many do. Nothing was added; add it later, or raise "
                               "the quota",
                               quota, job.name, job.queue));
}

[[noreturn]] void throw_unseen(const NewJob& job) {
  throw Error(fmt::format("a job like '{}' in queue '{}' is there and can't be seen: the transaction must be read committed. Nothing "
                          "was added",
                          job.name, job.queue));
}

/// A job that is in the way and not yet seen is seen by the next statement, unless it has gone again by then.
constexpr int kLooks = 8;

/// Under the lock of the name's quota, if it has one.
Added add_locked(TransactionEngine& open, const NewJob& job, const ExecuteOptions& options) {
  const Result locked = open.execute(sql::kLockQuota, {job.queue, job.name}, options);
  const Number quota = locked.empty() ? Number() : Number(locked.number(0, "waiting_quota"));
  for (int look = 0; look < kLooks; ++look) {
    const auto [outcome, id] = best_outcome(open.execute(sql::kAddOnce, add_once_params(job, quota), options));
    if (outcome == Outcome::added || outcome == Outcome::existing) return {.id = id, .is_new = outcome == Outcome::added};
    if (outcome == Outcome::quota && quota) throw_quota(job, *quota);
  }
  throw_unseen(job);
}

}  // namespace

Added Queue::add(const NewJob& job, const ExecuteOptions& options) {
  detail::check(job, "the job", options_);
  try {
    if (!is_once(job)) {
      const Result rows = engine_.execute(sql::kAdd, add_params(job), options);
      if (!rows.empty()) return {.id = rows.number(0, "id"), .is_new = true};
    } else {
      const auto [outcome, id] = best_outcome(engine_.execute(sql::kAddOnce, add_once_params(job, {}), options));
      if (outcome == Outcome::added || outcome == Outcome::existing) return {.id = id, .is_new = outcome == Outcome::added};
    }
    Added added;
    engine_.transaction([&](TransactionEngine& open) { added = add_locked(open, job, options); }, options);
    return added;
  } catch (const SqlError& error) {
    detail::rethrow_refusal("the payload", error);
  }
}

Added Queue::add(TransactionEngine& open, const NewJob& job, const QueueOptions& queue, const ExecuteOptions& options) {
  detail::check(job, "the job", queue);
  try {
    if (!is_once(job)) {
      const Result rows = open.execute(sql::kAdd, add_params(job), options);
      if (!rows.empty()) return {.id = rows.number(0, "id"), .is_new = true};
    }
    return add_locked(open, job, options);
  } catch (const SqlError& error) {
    detail::rethrow_refusal("the payload", error);
  }
}

Added Queue::add(pqxx::transaction_base& open, const NewJob& job, const QueueOptions& queue) {
  detail::CallerTransaction transaction(open);
  return add(transaction, job, queue);
}

namespace {

/// One column of a batch as an array parameter.
template <typename Value>
std::string column(const std::vector<NewJob>& jobs, Value (*value)(const NewJob&)) {
  std::vector<Value> values;
  values.reserve(jobs.size());
  for (const NewJob& job : jobs) values.push_back(value(job));
  return array_literal(values);
}

/// One column of a result as an array parameter.
std::string column(const Result& rows, std::string_view name) {
  std::vector<std::optional<std::string>> values;
  values.reserve(rows.size());
  for (std::size_t row = 0; row < rows.size(); ++row) values.push_back(rows.at(row, name));
  return array_literal(values);
}

void copy(TransactionEngine& open, const std::vector<NewJob>& jobs, const Result& reserved, const ExecuteOptions& options) {
  std::vector<Params> rows;
  rows.reserve(jobs.size());
  for (std::size_t row = 0; row < jobs.size(); ++row) rows.push_back(detail::copy_columns(jobs[row], reserved, row));
  open.copy_in(sql::kCopyBatch, rows, options);
}

/// The ids that went in.
std::set<JobId> insert_once(TransactionEngine& open, const std::vector<NewJob>& jobs, const Result& reserved,
                            const ExecuteOptions& options) {
  using Text = std::optional<std::string>;
  const Result rows = open.execute(
      sql::kAddBatchOnce,
      {column(reserved, "id"), column<std::string>(jobs, [](const NewJob& job) { return job.queue; }),
       column<std::string>(jobs, [](const NewJob& job) { return job.name; }),
       column<std::string>(jobs, [](const NewJob& job) { return job.payload; }),
       column<std::int64_t>(jobs, [](const NewJob& job) { return std::int64_t{job.priority}; }), column(reserved, "run_at"),
       column<std::int64_t>(jobs, [](const NewJob& job) { return std::int64_t{job.max_attempts}; }), column(reserved, "start_by"),
       column<Text>(jobs, [](const NewJob& job) { return job.idempotency_key.empty() ? Text() : Text(job.idempotency_key); }),
       column<std::string>(jobs, [](const NewJob& job) { return std::string(job.coalesce ? "t" : "f"); }),
       column<Number>(jobs, [](const NewJob& job) { return ms_or_none(job.lease); }),
       column<Number>(jobs, [](const NewJob& job) { return ms_or_none(job.timeout); }), column(reserved, "end_by"),
       column<Text>(jobs, backoff_or_none),
       column<Text>(jobs, [](const NewJob& job) { return job.limit_key.empty() ? Text() : Text(job.limit_key); }),
       column<std::string>(jobs, [](const NewJob& job) { return std::string(job.remove_completed ? "t" : "f"); })},
      options);
  std::set<JobId> added;
  for (std::size_t row = 0; row < rows.size(); ++row) added.insert(rows.number(row, "id"));
  return added;
}

}  // namespace

namespace detail {

void check_quotas(TransactionEngine& open, const std::vector<NewJob>& jobs, const ExecuteOptions& options) {
  std::map<std::pair<std::string, std::string>, std::int64_t> asked;
  for (const NewJob& job : jobs) ++asked[{job.queue, job.name}];
  std::vector<std::string> queues, names;
  for (const auto& [key, count] : asked) {
    queues.push_back(key.first);
    names.push_back(key.second);
  }
  const Result quotas = open.execute(sql::kLockQuotas, {array_literal(queues), array_literal(names)}, options);
  for (std::size_t row = 0; row < quotas.size(); ++row) {
    const std::string& queue = quotas.text(row, "queue");
    const std::string& name = quotas.text(row, "name");
    const std::int64_t quota = quotas.number(row, "waiting_quota");
    const std::int64_t waiting = open.execute(sql::kCountWaiting, {queue, name}, options).number(0, "waiting");
    const std::int64_t more = asked.at({queue, name});
    if (waiting + more <= quota) continue;
    throw QuotaError(fmt::format("{} jobs named '{}' may wait in queue '{}'; {} do, and the batch has {} more. Nothing was added", quota,
                                 name, queue, waiting, more));
  }
}

Result reserve(TransactionEngine& open, const std::vector<NewJob>& jobs, const ExecuteOptions& options) {
  return open.execute(sql::kReserve,
                      {column<Number>(jobs, run_at_ms),
                       column<std::int64_t>(jobs, [](const NewJob& job) { return std::int64_t{job.delay.count()}; }),
                       column<Number>(jobs, [](const NewJob& job) { return ms_or_none(job.waiting_ttl); }),
                       column<Number>(jobs, [](const NewJob& job) { return ms_or_none(job.deadline); })},
                      options);
}

Params copy_columns(const NewJob& job, const Result& reserved, std::size_t row) {
  return {reserved.at(row, "id"),       job.queue,
          job.name,                     job.payload,
          job.priority,                 reserved.at(row, "run_at"),
          job.max_attempts,             reserved.at(row, "start_by"),
          or_null(ms_or_none(job.lease)), or_null(ms_or_none(job.timeout)),
          reserved.at(row, "end_by"),   backoff_or_none(job),
          text_or_null(job.limit_key),  job.remove_completed,
          reserved.at(row, "created_at")};
}

}  // namespace detail

std::vector<std::optional<JobId>> Queue::add_batch(const std::vector<NewJob>& jobs, const ExecuteOptions& options) {
  bool once = false;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    detail::check(jobs[i], fmt::format("job {} of the batch", i), options_);
    once = once || is_once(jobs[i]);
  }
  std::vector<std::optional<JobId>> ids;
  if (jobs.empty()) return ids;
  try {
    engine_.transaction(
        [&](TransactionEngine& open) {
          detail::check_quotas(open, jobs, options);
          const Result reserved = detail::reserve(open, jobs, options);
          std::set<JobId> added;
          if (once) added = insert_once(open, jobs, reserved, options);
          else copy(open, jobs, reserved, options);
          open.execute(sql::kNotify, {column<std::string>(jobs, [](const NewJob& job) { return job.queue; })}, options);
          ids.clear();
          for (std::size_t row = 0; row < jobs.size(); ++row) {
            const JobId id = reserved.number(row, "id");
            ids.push_back(once && !added.contains(id) ? std::optional<JobId>() : id);
          }
        },
        options);
  } catch (const SqlError& error) {
    detail::rethrow_refusal("a payload of the batch", error);
  }
  return ids;
}

void Queue::set_waiting_quota(std::string_view queue, std::string_view name, std::optional<std::int64_t> most,
                              const ExecuteOptions& options) {
  if (most && *most < 0) throw ConfigError(fmt::format("a waiting quota must not be less than 0; {} was given", *most));
  engine_.execute(sql::kSetWaitingQuota, {queue, name, or_null(most)}, options);
}

}  // namespace poolguard
