/// The statements of limits: the claim that keeps them, the look that knows them, and those that set them.
#pragma once

#include <string_view>

namespace poolguard::sql {

// kClaim (sql.hpp) for all names, those with limits too: it costs the server some 2 ms more, of which most is planning.
//
// Names without limits come from `free`. Of a name with limits a claim first locks the limits' row, and passes the name by if another claim
// has it. What it counts is what its snapshot shows, which is older than the lock: if another claim of the name has come in between,
// `claims` has grown (the locked row is the newest, `seen` the snapshot's), and the name is passed by as well. So one claim at a time makes
// jobs of such a name active, and it has counted all that are.
//
// Its plan is to look cheap, however many wait: of what costs 100,000 by its own account Postgres compiles the plan first, for 0.2 to 2 s.
// So the next key is asked for by order, and without IS NOT NULL, which the comparison implies: where the planner knows of no key it takes
// all that wait for what it would have to read, once a key. And what is claimed is looked up one by one, as in kClaim.
// $1 queue, $2 names, $3 limit, $4 worker, $5 lease in ms, $6 the shortest lease in ms
inline constexpr std::string_view kClaimWithinLimits = R"sql(
WITH RECURSIVE asked AS (
  SELECT asked.name
  FROM unnest($2::text[]) AS asked (name)
  WHERE NOT EXISTS (SELECT FROM poolguard_settings WHERE queue = $1 AND name IN ('', asked.name) AND paused)
), gate AS (
  SELECT *
  FROM poolguard_limits
  WHERE queue = $1 AND name = ANY (ARRAY(SELECT name FROM asked))
  FOR UPDATE SKIP LOCKED
), open AS (
  SELECT gate.*,
         gate.key_max_active IS NOT NULL OR gate.key_max_starts IS NOT NULL AS by_key,
         least(
           $3::bigint,
           gate.max_active - (
             SELECT count(*) FROM poolguard_jobs AS job WHERE job.status = 'active' AND job.queue = $1 AND job.name = gate.name
           ),
           gate.max_starts - (
             SELECT count(*)
             FROM poolguard_starts AS start
             WHERE start.queue = $1 AND start.name = gate.name
               AND start.started_at > clock_timestamp() - gate.window_ms * interval '1 millisecond'
           )
         ) AS room
  FROM gate
  JOIN poolguard_limits AS seen ON seen.queue = gate.queue AND seen.name = gate.name AND seen.claims = gate.claims
), key (name, limit_key) AS (
  SELECT name,
         (SELECT limit_key FROM poolguard_jobs AS job
          WHERE status = 'waiting' AND limit_key IS NOT NULL AND job.queue = $1 AND job.name = open.name
          ORDER BY limit_key LIMIT 1)
  FROM open
  WHERE by_key AND room > 0
  UNION ALL
  SELECT name,
         (SELECT limit_key FROM poolguard_jobs AS job
          WHERE status = 'waiting' AND job.queue = $1 AND job.name = key.name AND job.limit_key > key.limit_key
          ORDER BY limit_key LIMIT 1)
  FROM key
  WHERE limit_key IS NOT NULL
), key_room AS (
  SELECT key.name, key.limit_key,
         least(
           open.room,
           open.key_max_active - (
             SELECT count(*)
             FROM poolguard_jobs AS job
             WHERE job.status = 'active' AND job.queue = $1 AND job.name = key.name AND job.limit_key = key.limit_key
           ),
           open.key_max_starts - (
             SELECT count(*)
             FROM poolguard_starts AS start
             WHERE start.queue = $1 AND start.name = key.name AND start.limit_key = key.limit_key
               AND start.started_at > clock_timestamp() - open.key_window_ms * interval '1 millisecond'
           )
         ) AS room
  FROM key
  JOIN open ON open.name = key.name
  WHERE key.limit_key IS NOT NULL
), candidate AS (
  SELECT key_room.name, job.id, job.priority, job.run_at
  FROM key_room,
       LATERAL (
         SELECT id, priority, run_at
         FROM poolguard_jobs
         WHERE status = 'waiting' AND queue = $1 AND name = key_room.name AND limit_key = key_room.limit_key
           AND run_at <= clock_timestamp()
           AND NOT paused
           AND (start_by IS NULL OR start_by > clock_timestamp())
           AND (end_by IS NULL OR end_by > clock_timestamp())
         ORDER BY priority DESC, run_at, id
         LIMIT greatest(key_room.room, 0)
       ) AS job
  UNION ALL
  SELECT open.name, job.id, job.priority, job.run_at
  FROM open,
       LATERAL (
         SELECT id, priority, run_at
         FROM poolguard_jobs
         WHERE status = 'waiting' AND queue = $1 AND name = open.name AND (limit_key IS NULL OR NOT open.by_key)
           AND run_at <= clock_timestamp()
           AND NOT paused
           AND (start_by IS NULL OR start_by > clock_timestamp())
           AND (end_by IS NULL OR end_by > clock_timestamp())
         ORDER BY priority DESC, run_at, id
         LIMIT greatest(open.room, 0)
       ) AS job
), ranked AS (
  SELECT candidate.id, open.room,
         row_number() OVER (PARTITION BY candidate.name ORDER BY candidate.priority DESC, candidate.run_at, candidate.id) AS place
  FROM candidate
  JOIN open ON open.name = candidate.name
), limited AS (
  SELECT id, name, limit_key, priority, run_at
  FROM poolguard_jobs
  WHERE status = 'waiting' AND id = ANY (ARRAY(SELECT id FROM ranked WHERE place <= room))
    AND NOT paused
  FOR UPDATE SKIP LOCKED
), unlimited AS (
  SELECT name
  FROM asked
  WHERE NOT EXISTS (SELECT FROM poolguard_limits AS limits WHERE limits.queue = $1 AND limits.name = asked.name)
), free AS (
  SELECT id, name, limit_key, priority, run_at
  FROM poolguard_jobs
  WHERE status = 'waiting' AND queue = $1 AND name = ANY (ARRAY(SELECT name FROM unlimited)) AND EXISTS (SELECT FROM unlimited)
    AND run_at <= clock_timestamp()
    AND NOT paused
    AND (start_by IS NULL OR start_by > clock_timestamp())
    AND (end_by IS NULL OR end_by > clock_timestamp())
  ORDER BY priority DESC, run_at, id
  LIMIT $3::bigint
  FOR UPDATE SKIP LOCKED
), next AS (
  SELECT *
  FROM (SELECT * FROM free UNION ALL SELECT * FROM limited) AS locked
  ORDER BY priority DESC, run_at, id
  LIMIT $3::bigint
), counted AS (
  UPDATE poolguard_limits
  SET claims = claims + 1
  WHERE queue = $1 AND name IN (SELECT name FROM next)
), started AS (
  INSERT INTO poolguard_starts (queue, name, limit_key, started_at)
  SELECT $1, next.name, next.limit_key, clock_timestamp()
  FROM next
  JOIN open ON open.name = next.name
  WHERE open.max_starts IS NOT NULL OR (open.key_max_starts IS NOT NULL AND next.limit_key IS NOT NULL)
), forgotten AS (
  DELETE FROM poolguard_starts AS start
  USING open
  WHERE start.queue = $1 AND start.name = open.name
    AND start.started_at < clock_timestamp() - greatest(open.window_ms, open.key_window_ms) * interval '1 millisecond'
), claimed AS (
  UPDATE poolguard_jobs AS job
  SET status = 'active',
      lock_epoch = job.lock_epoch + 1,
      lock_until = clock_timestamp() + greatest(coalesce(job.lease_ms, $5::bigint), $6::bigint) * interval '1 millisecond',
      locked_by = $4,
      started_at = clock_timestamp(),
      coalesce_key = NULL,
      start_by = NULL
  WHERE job.id = ANY (ARRAY(SELECT id FROM next)) AND job.status = 'waiting'
  RETURNING job.*,
            least(job.timeout_ms, (extract(epoch FROM job.end_by - clock_timestamp()) * 1000)::bigint) AS run_ms
)
SELECT claimed.*, EXISTS (SELECT FROM poolguard_limits) AS limits
FROM (SELECT) AS always
LEFT JOIN claimed ON true
ORDER BY claimed.priority DESC, claimed.run_at, claimed.id
)sql";

// kNextDue (wake_sql.hpp) for all names, those with limits too: a job whose name or key has as many active as it may have is due at no time
// (the end that makes room notifies), and one whose rate is used up when the window has moved on. Goes from priority to priority, and
// from key to key.
// $1 queue, $2 names
inline constexpr std::string_view kNextDueWithinLimits = R"sql(
WITH RECURSIVE asked AS (
  SELECT asked.name
  FROM unnest($2::text[]) AS asked (name)
  WHERE NOT EXISTS (SELECT FROM poolguard_settings WHERE queue = $1 AND name IN ('', asked.name) AND paused)
), unlimited AS (
  SELECT name
  FROM asked
  WHERE NOT EXISTS (SELECT FROM poolguard_limits AS limits WHERE limits.queue = $1 AND limits.name = asked.name)
), open AS (
  SELECT limits.*,
         limits.key_max_active IS NOT NULL OR limits.key_max_starts IS NOT NULL AS by_key,
         CASE WHEN limits.max_starts IS NOT NULL THEN (
           SELECT start.started_at + limits.window_ms * interval '1 millisecond'
           FROM poolguard_starts AS start
           WHERE start.queue = $1 AND start.name = limits.name
           ORDER BY start.started_at DESC
           OFFSET limits.max_starts - 1
           LIMIT 1
         ) END AS opens_at
  FROM poolguard_limits AS limits
  JOIN asked ON asked.name = limits.name
  WHERE limits.queue = $1
    AND (
      limits.max_active IS NULL
      OR limits.max_active > (
        SELECT count(*) FROM poolguard_jobs AS job WHERE job.status = 'active' AND job.queue = $1 AND job.name = limits.name
      )
    )
), key (name, limit_key) AS (
  SELECT name,
         (SELECT limit_key FROM poolguard_jobs AS job
          WHERE status = 'waiting' AND limit_key IS NOT NULL AND job.queue = $1 AND job.name = open.name
          ORDER BY limit_key LIMIT 1)
  FROM open
  WHERE by_key
  UNION ALL
  SELECT name,
         (SELECT limit_key FROM poolguard_jobs AS job
          WHERE status = 'waiting' AND job.queue = $1 AND job.name = key.name AND job.limit_key > key.limit_key
          ORDER BY limit_key LIMIT 1)
  FROM key
  WHERE limit_key IS NOT NULL
), open_key AS (
  SELECT key.name, key.limit_key,
         greatest(open.opens_at, CASE WHEN open.key_max_starts IS NOT NULL THEN (
           SELECT start.started_at + open.key_window_ms * interval '1 millisecond'
           FROM poolguard_starts AS start
           WHERE start.queue = $1 AND start.name = key.name AND start.limit_key = key.limit_key
           ORDER BY start.started_at DESC
           OFFSET open.key_max_starts - 1
           LIMIT 1
         ) END) AS opens_at
  FROM key
  JOIN open ON open.name = key.name
  WHERE key.limit_key IS NOT NULL
    AND (
      open.key_max_active IS NULL
      OR open.key_max_active > (
        SELECT count(*)
        FROM poolguard_jobs AS job
        WHERE job.status = 'active' AND job.queue = $1 AND job.name = key.name AND job.limit_key = key.limit_key
      )
    )
), level (priority) AS (
  SELECT max(priority) FROM poolguard_jobs WHERE status = 'waiting' AND queue = $1
  UNION ALL
  SELECT (SELECT max(priority) FROM poolguard_jobs WHERE status = 'waiting' AND queue = $1 AND priority < level.priority)
  FROM level
  WHERE level.priority IS NOT NULL
), first (due_at) AS (
  SELECT job.run_at
  FROM level
  CROSS JOIN LATERAL (
    SELECT run_at
    FROM poolguard_jobs
    WHERE status = 'waiting' AND queue = $1 AND priority = level.priority
      AND name = ANY (ARRAY(SELECT name FROM unlimited)) AND EXISTS (SELECT FROM unlimited)
      AND NOT paused
      AND (start_by IS NULL OR start_by > clock_timestamp())
      AND (end_by IS NULL OR end_by > clock_timestamp())
    ORDER BY run_at
    LIMIT 1
  ) AS job
  UNION ALL
  SELECT greatest(job.run_at, open.opens_at)
  FROM level
  CROSS JOIN open
  CROSS JOIN LATERAL (
    SELECT run_at
    FROM poolguard_jobs
    WHERE status = 'waiting' AND queue = $1 AND priority = level.priority
      AND name = open.name AND (limit_key IS NULL OR NOT open.by_key)
      AND NOT paused
      AND (start_by IS NULL OR start_by > clock_timestamp())
      AND (end_by IS NULL OR end_by > clock_timestamp())
    ORDER BY run_at
    LIMIT 1
  ) AS job
  UNION ALL
  SELECT greatest(job.run_at, open_key.opens_at)
  FROM level
  CROSS JOIN open_key
  CROSS JOIN LATERAL (
    SELECT run_at
    FROM poolguard_jobs
    WHERE status = 'waiting' AND queue = $1 AND priority = level.priority
      AND name = open_key.name AND limit_key = open_key.limit_key
      AND NOT paused
      AND (start_by IS NULL OR start_by > clock_timestamp())
      AND (end_by IS NULL OR end_by > clock_timestamp())
    ORDER BY run_at
    LIMIT 1
  ) AS job
)
SELECT ceil(extract(epoch FROM min(due_at) - clock_timestamp()) * 1000)::bigint AS due_ms
FROM first
)sql";

// `claims` stays as it is, and goes on growing.
// $1 queue, $2 name, $3 most active, $4 most starts, $5 in so many ms, $6 to $8 the same for each key; of $3 to $8 any may be NULL
inline constexpr std::string_view kSetLimits = R"sql(
INSERT INTO poolguard_limits (queue, name, max_active, max_starts, window_ms, key_max_active, key_max_starts, key_window_ms)
VALUES ($1, $2, $3::bigint, $4::bigint, $5::bigint, $6::bigint, $7::bigint, $8::bigint)
ON CONFLICT (queue, name) DO UPDATE
SET max_active = EXCLUDED.max_active,
    max_starts = EXCLUDED.max_starts,
    window_ms = EXCLUDED.window_ms,
    key_max_active = EXCLUDED.key_max_active,
    key_max_starts = EXCLUDED.key_max_starts,
    key_window_ms = EXCLUDED.key_window_ms
RETURNING pg_notify('poolguard_jobs', left(queue, 1000)) AS notified
)sql";

// The limits' row first, the starts after it, as a claim does: it holds the row's lock while it deletes starts.
// $1 queue, $2 name
inline constexpr std::string_view kClearLimits = R"sql(
WITH cleared AS (
  DELETE FROM poolguard_limits WHERE queue = $1 AND name = $2 RETURNING queue, name
), forgotten AS (
  DELETE FROM poolguard_starts AS start
  USING cleared
  WHERE start.queue = cleared.queue AND start.name = cleared.name
)
SELECT pg_notify('poolguard_jobs', left(queue, 1000)) AS notified FROM cleared
)sql";

inline constexpr std::string_view kListLimits = R"sql(
SELECT * FROM poolguard_limits ORDER BY queue, name
)sql";

}  // namespace poolguard::sql
