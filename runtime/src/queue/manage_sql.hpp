/// The statements of those who look after a queue. None of them ends a lease: a job that runs is asked, through its row.
#pragma once

#include <string_view>

namespace poolguard::sql {

// The renewal brings it to the handler. $1 id
inline constexpr std::string_view kRequestCancel = R"sql(
UPDATE poolguard_jobs
SET cancel_requested = true
WHERE id = $1::bigint AND status = 'active'
)sql";

// $1 id, $2 paused
inline constexpr std::string_view kPauseJob = R"sql(
UPDATE poolguard_jobs
SET paused = $2::boolean
WHERE id = $1::bigint AND status IN ('blocked', 'waiting', 'active')
RETURNING CASE WHEN NOT paused AND status = 'waiting' THEN pg_notify('poolguard_jobs', left(queue, 1000)) END AS notified
)sql";

// $1 queue, $2 name or '' for the queue, $3 paused
inline constexpr std::string_view kPauseName = R"sql(
INSERT INTO poolguard_settings (queue, name, paused) VALUES ($1, $2, $3::boolean)
ON CONFLICT (queue, name) DO UPDATE SET paused = EXCLUDED.paused
RETURNING CASE WHEN NOT paused THEN pg_notify('poolguard_jobs', left(queue, 1000)) END AS notified
)sql";

// $1 queue, $2 name
inline constexpr std::string_view kIsPaused = R"sql(
SELECT EXISTS (SELECT FROM poolguard_settings WHERE queue = $1 AND name IN ('', $2) AND paused) AS paused
)sql";

// A parent is blocked again if a child of it is left to end; `retried_at` tells kSettleParents which failures are from before.
// $1 id
inline constexpr std::string_view kRetryEnded = R"sql(
UPDATE poolguard_jobs
SET status = CASE
      WHEN EXISTS (
        SELECT FROM poolguard_jobs AS child
        WHERE child.parent_id = $1::bigint AND child.status IN ('blocked', 'waiting', 'active')
      ) THEN 'blocked'
      ELSE 'waiting'
    END,
    run_at = clock_timestamp(),
    retried_at = clock_timestamp(),
    attempts = 0,
    stalls = 0,
    lock_epoch = lock_epoch + 1,
    cancel_requested = false,
    paused = false,
    start_by = NULL,
    end_by = NULL,
    progress = NULL,
    finished_at = NULL
WHERE id = $1::bigint AND status IN ('dead', 'cancelled')
RETURNING CASE WHEN status = 'waiting' THEN pg_notify('poolguard_jobs', left(queue, 1000)) END AS notified
)sql";

// $1 id
inline constexpr std::string_view kRunNow = R"sql(
UPDATE poolguard_jobs
SET run_at = clock_timestamp()
WHERE id = $1::bigint AND status = 'waiting'
RETURNING pg_notify('poolguard_jobs', left(queue, 1000)) AS notified
)sql";

// $1 id, $2 payload or NULL, $3 name or NULL, $4 queue or NULL
inline constexpr std::string_view kReplay = R"sql(
INSERT INTO poolguard_jobs (queue, name, payload, priority, max_attempts, lease_ms, timeout_ms, backoff, limit_key,
                            remove_completed, replay_of)
SELECT coalesce($4, queue), coalesce($3, name), coalesce($2::jsonb, payload), priority, max_attempts,
       lease_ms, timeout_ms, backoff, limit_key, remove_completed, id
FROM poolguard_jobs
WHERE id = $1::bigint AND status = 'dead'
RETURNING id, pg_notify('poolguard_jobs', left(queue, 1000)) AS notified
)sql";

// A parent that hasn't ended needs its children, and a child that hasn't ended its parent: cancel the flow first.
// $1 id
inline constexpr std::string_view kRemove = R"sql(
DELETE FROM poolguard_jobs AS job
WHERE job.id = $1::bigint AND job.status IN ('waiting', 'completed', 'dead', 'cancelled')
  AND NOT EXISTS (
    SELECT FROM poolguard_jobs AS other
    WHERE (other.id = job.parent_id OR other.parent_id = job.id) AND other.status IN ('blocked', 'waiting', 'active')
  )
)sql";

// $1 statuses, $2 age in ms, $3 queue or NULL, $4 limit
inline constexpr std::string_view kPrune = R"sql(
WITH old AS (
  SELECT id
  FROM poolguard_jobs AS ended
  WHERE finished_at < clock_timestamp() - $2::bigint * interval '1 millisecond'
    AND status IN ('completed', 'dead', 'cancelled')
    AND status = ANY ($1::text[])
    AND ($3::text IS NULL OR queue = $3)
    AND NOT EXISTS (
      SELECT FROM poolguard_jobs AS parent
      WHERE parent.id = ended.parent_id AND parent.status IN ('blocked', 'waiting', 'active')
    )
  ORDER BY finished_at
  LIMIT $4::bigint
  FOR UPDATE SKIP LOCKED
)
DELETE FROM poolguard_jobs AS job
USING old
WHERE job.id = old.id AND job.status IN ('completed', 'dead', 'cancelled')
)sql";

}  // namespace poolguard::sql
