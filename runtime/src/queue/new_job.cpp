#include "queue/new_job.hpp"

#include <fmt/format.h>

#include "poolguard/errors.hpp"
#include "queue/payload.hpp"
#include "queue/rows.hpp"

namespace poolguard::detail {

void check(const NewJob& job, std::string_view which, const QueueOptions& queue) {
  const auto require = [&which](bool holds, std::string_view what) {
    if (!holds) throw ConfigError(fmt::format("{}: {}. Nothing was written", which, what));
  };
  require(!job.name.empty(), "a job needs a name");
  require(!job.queue.empty(), "a job needs a queue");
  require(job.max_attempts > 0, "max_attempts must be greater than 0");
  require(job.delay >= job.delay.zero(), "the delay must not be less than 0");
  require(!job.run_at || job.delay == job.delay.zero(), "give a delay or a run_at, not both");
  require(!job.waiting_ttl || *job.waiting_ttl > job.delay, "the waiting TTL must be longer than the delay, or it could never run");
  require(!job.lease || (*job.lease >= std::chrono::seconds{5} && *job.lease <= std::chrono::hours{1}),
          "a job's lease must be from 5 s to 1 h");
  require(!job.timeout || *job.timeout > job.delay.zero(), "the timeout must be greater than 0");
  require(!job.deadline || *job.deadline > job.delay, "the deadline must be later than the delay, or it could never run");
  if (job.backoff) job.backoff->check(which);
  require(!job.coalesce || job.idempotency_key.empty(), "give an idempotency key or coalesce, not both");
  check_json(fmt::format("the payload of {}", which), job.payload, queue.max_payload_bytes);
}

Params::Value or_null(const Number& number) { return number ? Params::Value(*number) : Params::Value(nullptr); }

Params::Value text_or_null(const std::string& text) { return text.empty() ? Params::Value(nullptr) : Params::Value(text); }

Number ms_or_none(const std::optional<std::chrono::milliseconds>& time) {
  if (!time) return std::nullopt;
  return time->count();
}

std::optional<std::string> backoff_or_none(const NewJob& job) {
  if (!job.backoff) return std::nullopt;
  return backoff_json(*job.backoff);
}

}  // namespace poolguard::detail
