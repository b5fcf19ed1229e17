/// What somebody who looks at all queues asks. These statements only read.
#pragma once

#include <string_view>

namespace poolguard::sql {

// Reads all of the table, as kStats does. $1 limit
inline constexpr std::string_view kQueueOverviews = R"sql(
SELECT queue,
       count(*) FILTER (WHERE status = 'blocked') AS blocked,
       count(*) FILTER (WHERE status = 'waiting') AS waiting,
       count(*) FILTER (WHERE status = 'active') AS active,
       count(*) FILTER (WHERE status = 'completed') AS completed,
       count(*) FILTER (WHERE status = 'dead') AS dead,
       count(*) FILTER (WHERE status = 'cancelled') AS cancelled,
       count(*) FILTER (WHERE status = 'waiting' AND paused) AS paused,
       count(*) FILTER (WHERE status = 'waiting' AND NOT paused AND run_at <= clock_timestamp()) AS ready,
       count(*) FILTER (WHERE status = 'active' AND lock_until < clock_timestamp()) AS expired_leases,
       (extract(epoch FROM clock_timestamp() - min(run_at) FILTER (WHERE status = 'waiting' AND NOT paused AND run_at <= clock_timestamp()))
         * 1000)::bigint AS oldest_ready_ms,
       (extract(epoch FROM clock_timestamp() - max(started_at)) * 1000)::bigint AS since_claim_ms,
       EXISTS (
         SELECT FROM poolguard_settings AS setting WHERE setting.queue = jobs.queue AND setting.name = '' AND setting.paused
       ) AS queue_paused
FROM poolguard_jobs AS jobs
GROUP BY queue
ORDER BY queue
LIMIT $1::bigint
)sql";

// $1 queue, $2 limit
inline constexpr std::string_view kDueNames = R"sql(
SELECT DISTINCT name
FROM poolguard_jobs
WHERE queue = $1 AND status = 'waiting' AND run_at <= clock_timestamp()
LIMIT $2::bigint
)sql";

// Progress may be large, and what is cut is no JSON any more. $1 limit
inline constexpr std::string_view kRunning = R"sql(
SELECT id, queue, name, locked_by, attempts, max_attempts, cancel_requested,
       left(progress::text, 300) AS progress,
       (extract(epoch FROM clock_timestamp() - started_at) * 1000)::bigint AS running_ms,
       (extract(epoch FROM lock_until - clock_timestamp()) * 1000)::bigint AS lease_left_ms
FROM poolguard_jobs
WHERE status = 'active'
ORDER BY started_at, id
LIMIT $1::bigint
)sql";

// Dead jobs by their end, and those that failed and wait for their next attempt by the begin of their last. $1 limit
inline constexpr std::string_view kFailures = R"sql(
SELECT id, queue, name, status, attempts, max_attempts,
       left(last_error, 500) AS last_error,
       coalesce(finished_at, started_at) AS seen_at,
       (extract(epoch FROM clock_timestamp() - coalesce(finished_at, started_at)) * 1000)::bigint AS age_ms
FROM poolguard_jobs
WHERE status = 'dead' OR (status = 'waiting' AND attempts > 0)
ORDER BY coalesce(finished_at, started_at) DESC NULLS LAST, id DESC
LIMIT $1::bigint
)sql";

}  // namespace poolguard::sql
