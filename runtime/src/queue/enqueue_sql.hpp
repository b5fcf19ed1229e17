/// The statements that add jobs.
#pragma once

#include <string_view>

namespace poolguard::sql {

// No row: the name has a quota, so that it takes kAddOnce under kLockQuota.
// $1 queue, $2 name, $3 payload, $4 priority, $5 run_at in ms since 1970 or NULL, $6 delay in ms, $7 max_attempts,
// $8 waiting TTL in ms or NULL, $9 lease in ms or NULL, $10 timeout in ms or NULL, $11 deadline in ms from now or NULL,
// $12 backoff or NULL, $13 limit key or NULL, $14 whether it is gone once completed
inline constexpr std::string_view kAdd = R"sql(
INSERT INTO poolguard_jobs (queue, name, payload, priority, run_at, max_attempts, start_by, lease_ms, timeout_ms, end_by, backoff,
                            limit_key, remove_completed)
SELECT $1, $2, $3::jsonb, $4::integer,
       coalesce(to_timestamp($5::double precision / 1000), clock_timestamp() + $6::bigint * interval '1 millisecond'),
       $7::integer,
       clock_timestamp() + $8::bigint * interval '1 millisecond',
       $9::bigint, $10::bigint, clock_timestamp() + $11::bigint * interval '1 millisecond', $12::jsonb, $13, $14::boolean
WHERE NOT EXISTS (SELECT FROM poolguard_settings WHERE queue = $1 AND name = $2 AND waiting_quota IS NOT NULL)
RETURNING id, pg_notify('poolguard_jobs', left(queue, 1000)) AS notified
)sql";

// A job with a key, or that coalesces, or under a quota. It writes nothing to a job that is there: a lock on that row would stand
// in its renewal's way until the caller's transaction ends. No row: a job that this statement's snapshot doesn't show yet is in the
// way; a second run sees it.
// $1 to $14 as above, $15 idempotency key or NULL, $16 coalesce, $17 the quota that is locked, or NULL
inline constexpr std::string_view kAddOnce = R"sql(
WITH quota AS (
  SELECT waiting_quota FROM poolguard_settings WHERE queue = $1 AND name = $2 AND waiting_quota IS NOT NULL
), added AS (
  INSERT INTO poolguard_jobs (queue, name, payload, priority, run_at, max_attempts, start_by, lease_ms, timeout_ms, end_by, backoff,
                              limit_key, remove_completed, idempotency_key, coalesce_key)
  SELECT $1, $2, $3::jsonb, $4::integer,
         coalesce(to_timestamp($5::double precision / 1000), clock_timestamp() + $6::bigint * interval '1 millisecond'),
         $7::integer,
         clock_timestamp() + $8::bigint * interval '1 millisecond',
         $9::bigint, $10::bigint, clock_timestamp() + $11::bigint * interval '1 millisecond', $12::jsonb,
         $13, $14::boolean,
         $15,
         CASE WHEN $16::boolean THEN md5($3::jsonb::text) END
  WHERE CASE
    WHEN $17::bigint IS NULL THEN NOT EXISTS (SELECT FROM quota)
    ELSE $17::bigint > (
      SELECT count(*)
      FROM (SELECT FROM poolguard_jobs WHERE status = 'waiting' AND queue = $1 AND name = $2 LIMIT $17::bigint) AS waiting
    )
  END
  ON CONFLICT DO NOTHING
  RETURNING id, pg_notify('poolguard_jobs', left(queue, 1000)) AS notified
)
SELECT id, 'added' AS outcome FROM added
UNION ALL
SELECT id, 'existing' FROM poolguard_jobs
WHERE queue = $1 AND idempotency_key = $15 AND status IN ('waiting', 'active', 'completed')
UNION ALL
SELECT id, 'existing' FROM poolguard_jobs
WHERE $16::boolean AND queue = $1 AND name = $2 AND coalesce_key = md5($3::jsonb::text)
UNION ALL
SELECT NULL, 'quota' FROM quota
)sql";

// Held until the transaction ends: producers of this name come one after the other, each with a count that is true.
// $1 queue, $2 name
inline constexpr std::string_view kLockQuota = R"sql(
SELECT waiting_quota FROM poolguard_settings WHERE queue = $1 AND name = $2 AND waiting_quota IS NOT NULL FOR UPDATE
)sql";

// $1 queues, $2 names: pairs
inline constexpr std::string_view kLockQuotas = R"sql(
SELECT queue, name, waiting_quota
FROM poolguard_settings
WHERE waiting_quota IS NOT NULL
  AND (queue, name) IN (SELECT queue, name FROM unnest($1::text[], $2::text[]) AS asked (queue, name))
ORDER BY queue, name
FOR UPDATE
)sql";

// $1 queue, $2 name
inline constexpr std::string_view kCountWaiting = R"sql(
SELECT count(*) AS waiting FROM poolguard_jobs WHERE status = 'waiting' AND queue = $1 AND name = $2
)sql";

// Ids and times for a batch, in its order. The sequence is looked up once, in a subquery: it takes longer than the next number.
// $1 run_at in ms since 1970, or NULL; $2 delays in ms; $3 waiting TTLs in ms, or NULL; $4 deadlines in ms, or NULL: arrays of one length
inline constexpr std::string_view kReserve = R"sql(
SELECT nextval((SELECT pg_get_serial_sequence('poolguard_jobs', 'id'))) AS id,
       clock_timestamp() AS created_at,
       coalesce(to_timestamp(job.run_at_ms::double precision / 1000),
                clock_timestamp() + job.delay_ms * interval '1 millisecond') AS run_at,
       clock_timestamp() + job.ttl_ms * interval '1 millisecond' AS start_by,
       clock_timestamp() + job.deadline_ms * interval '1 millisecond' AS end_by
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[]) WITH ORDINALITY
  AS job (run_at_ms, delay_ms, ttl_ms, deadline_ms, place)
ORDER BY job.place
)sql";

// With created_at, whose default is volatile: left to it, COPY would insert row by row instead of page by page.
inline constexpr std::string_view kCopyBatch = R"sql(
COPY poolguard_jobs (id, queue, name, payload, priority, run_at, max_attempts, start_by, lease_ms, timeout_ms, end_by, backoff,
                     limit_key, remove_completed, created_at)
FROM STDIN
)sql";

// $1 ids, $2 queues, $3 names, $4 payloads, $5 priorities, $6 run_at, $7 max_attempts, $8 start_by, $9 idempotency keys,
// $10 coalesce, $11 leases in ms, $12 timeouts in ms, $13 end_by, $14 backoffs, $15 limit keys, $16 whether they are gone once
// completed: arrays of one length
inline constexpr std::string_view kAddBatchOnce = R"sql(
INSERT INTO poolguard_jobs (id, queue, name, payload, priority, run_at, max_attempts, start_by, idempotency_key, coalesce_key,
                            lease_ms, timeout_ms, end_by, backoff, limit_key, remove_completed)
OVERRIDING SYSTEM VALUE
SELECT job.id, job.queue, job.name, job.payload::jsonb, job.priority, job.run_at, job.max_attempts, job.start_by,
       job.idempotency_key,
       CASE WHEN job.coalesced THEN md5(job.payload::jsonb::text) END,
       job.lease_ms, job.timeout_ms, job.end_by, job.backoff::jsonb, job.limit_key, job.remove_completed
FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::integer[], $6::timestamptz[], $7::integer[],
            $8::timestamptz[], $9::text[], $10::boolean[], $11::bigint[], $12::bigint[], $13::timestamptz[], $14::text[],
            $15::text[], $16::boolean[])
  AS job (id, queue, name, payload, priority, run_at, max_attempts, start_by, idempotency_key, coalesced,
          lease_ms, timeout_ms, end_by, backoff, limit_key, remove_completed)
ORDER BY job.id
ON CONFLICT DO NOTHING
RETURNING id
)sql";

// $1 queue, $2 name, $3 the most, or NULL
inline constexpr std::string_view kSetWaitingQuota = R"sql(
INSERT INTO poolguard_settings (queue, name, waiting_quota) VALUES ($1, $2, $3::bigint)
ON CONFLICT (queue, name) DO UPDATE SET waiting_quota = EXCLUDED.waiting_quota
)sql";

}  // namespace poolguard::sql
