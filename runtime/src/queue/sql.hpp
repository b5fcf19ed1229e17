/// Every statement of the queue. A lease is (lock_epoch, lock_until, locked_by); a transition matches `id` and `lock_epoch`,
/// so that an owner whose lease was taken over writes nothing. What ends a run notifies the queue if the job waits again, or if its end
/// makes room within its name's limits.
#pragma once

#include <string_view>

namespace poolguard::sql {

// Leaves names with limits to kClaimWithinLimits, and says whether there are any limits: a row without a job says so if no job is due.
// The three LIMITs are for the planner. A plan that is made once for any $3 takes it for a tenth of what is there; it must take it for a few
// rows, or Postgres plans each claim anew, which takes longer than the claim of one job. ARRAY hides from it how many ids there are, so
// that it looks them up one by one instead of reading a table that is small, or that it takes for small. The statement returns what
// read_job() reads and nothing more: that is seen in what it takes.
// $1 queue, $2 names, $3 limit, $4 worker, $5 lease in ms, $6 the shortest lease in ms
inline constexpr std::string_view kClaim = R"sql(
WITH next AS (
  SELECT id
  FROM (
    SELECT id
    FROM (
      SELECT id
      FROM poolguard_jobs
      WHERE status = 'waiting' AND queue = $1
        AND name = ANY (ARRAY(
          SELECT asked
          FROM unnest($2::text[]) AS asked
          WHERE NOT EXISTS (SELECT FROM poolguard_settings WHERE queue = $1 AND name IN ('', asked) AND paused)
            AND NOT EXISTS (SELECT FROM poolguard_limits WHERE queue = $1 AND name = asked)
        ))
        AND run_at <= clock_timestamp()
        AND NOT paused
        AND (start_by IS NULL OR start_by > clock_timestamp())
        AND (end_by IS NULL OR end_by > clock_timestamp())
      ORDER BY priority DESC, run_at, id
      LIMIT 1000
      FOR UPDATE SKIP LOCKED
    ) AS due
    LIMIT $3::bigint
  ) AS due
  LIMIT $3::bigint
), claimed AS (
  UPDATE poolguard_jobs AS job
  SET status = 'active',
      lock_epoch = job.lock_epoch + 1,
      lock_until = clock_timestamp() + greatest(coalesce(job.lease_ms, $5::bigint), $6::bigint) * interval '1 millisecond',
      locked_by = $4,
      started_at = clock_timestamp(),
      coalesce_key = NULL,
      start_by = NULL
  WHERE job.id = ANY (ARRAY(SELECT id FROM next))
  RETURNING job.id, job.queue, job.name, job.payload, job.status, job.priority, job.attempts, job.max_attempts, job.stalls,
            job.lock_epoch, job.locked_by, job.last_error, job.result, job.created_at, job.run_at, job.finished_at, job.progress,
            job.paused, job.cancel_requested, job.replay_of, job.parent_id, job.on_failure, job.remove_completed, job.limit_key,
            job.lease_ms, job.timeout_ms, job.last_delay_ms, job.backoff,
            least(job.timeout_ms, (extract(epoch FROM job.end_by - clock_timestamp()) * 1000)::bigint) AS run_ms
)
SELECT claimed.*, EXISTS (SELECT FROM poolguard_limits) AS limits
FROM (SELECT) AS always
LEFT JOIN claimed ON true
ORDER BY claimed.priority DESC, claimed.run_at, claimed.id
)sql";

// $1 ids, $2 epochs, $3 lease in ms, $4 the shortest lease in ms
inline constexpr std::string_view kRenew = R"sql(
UPDATE poolguard_jobs AS job
SET lock_until = clock_timestamp() + greatest(coalesce(job.lease_ms, $3::bigint), $4::bigint) * interval '1 millisecond'
FROM unnest($1::bigint[], $2::bigint[]) AS held (id, lock_epoch)
WHERE job.id = held.id AND job.lock_epoch = held.lock_epoch AND job.status = 'active'
RETURNING job.id, job.lock_epoch, job.cancel_requested
)sql";

// $1 ids, $2 epochs
inline constexpr std::string_view kVerify = R"sql(
SELECT job.id, job.lock_epoch
FROM poolguard_jobs AS job
JOIN unnest($1::bigint[], $2::bigint[]) AS held (id, lock_epoch)
  ON job.id = held.id AND job.lock_epoch = held.lock_epoch
WHERE job.status = 'active'
)sql";

// Not of a job that takes rows along when it goes: that is kCompleteAndRemove's.
// $1 id, $2 epoch, $3 result
inline constexpr std::string_view kComplete = R"sql(
UPDATE poolguard_jobs
SET status = 'completed',
    lock_until = NULL,
    locked_by = NULL,
    result = $3::jsonb,
    finished_at = clock_timestamp()
WHERE id = $1::bigint AND lock_epoch = $2::bigint AND status = 'active'
  AND NOT remove_completed
  AND NOT EXISTS (SELECT FROM poolguard_jobs AS child WHERE child.parent_id = $1::bigint AND child.remove_completed)
RETURNING parent_id,
          CASE WHEN EXISTS (
            SELECT FROM poolguard_limits AS limits
            WHERE limits.queue = poolguard_jobs.queue AND limits.name = poolguard_jobs.name
              AND (limits.max_active IS NOT NULL OR limits.key_max_active IS NOT NULL)
          ) THEN pg_notify('poolguard_jobs', left(queue, 1000)) END AS notified
)sql";

// Many at once, of what kComplete takes. A row that somebody else has locked is left out: a renewal locks many too, in another order. The
// ids are looked up one by one, in whatever way the planner takes the table: ARRAY hides from it how many they are, and the state is
// asked of the rows that are locked, or it goes through all that are active. Whether there are limits at all is asked once, not of each job.
// $1 ids, $2 epochs, $3 results
inline constexpr std::string_view kCompleteBatch = R"sql(
WITH locked AS (
  SELECT ctid AS place, id, lock_epoch, status
  FROM poolguard_jobs AS job
  WHERE id = ANY (ARRAY(SELECT unnest($1::bigint[])))
    AND NOT remove_completed
    AND NOT EXISTS (SELECT FROM poolguard_jobs AS child WHERE child.parent_id = job.id AND child.remove_completed)
  FOR UPDATE SKIP LOCKED
)
UPDATE poolguard_jobs AS job
SET status = 'completed',
    lock_until = NULL,
    locked_by = NULL,
    result = given.result::jsonb,
    finished_at = clock_timestamp()
FROM locked
JOIN unnest($1::bigint[], $2::bigint[], $3::text[]) AS given (id, lock_epoch, result)
  ON given.id = locked.id AND given.lock_epoch = locked.lock_epoch
WHERE job.ctid = locked.place AND job.id = given.id AND job.lock_epoch = given.lock_epoch AND locked.status = 'active'
RETURNING job.id, job.lock_epoch, job.parent_id,
          CASE WHEN EXISTS (SELECT FROM poolguard_limits) AND EXISTS (
            SELECT FROM poolguard_limits AS limits
            WHERE limits.queue = job.queue AND limits.name = job.name
              AND (limits.max_active IS NOT NULL OR limits.key_max_active IS NOT NULL)
          ) THEN pg_notify('poolguard_jobs', left(job.queue, 1000)) END AS notified
)sql";

// kCompleteBatch and kClaim in one, for handlers that go from job to job; it waits for no lock, as neither does. The claim is kClaim's, word
// for word: a test holds them together. Whose end has consequences is left out: children, and all where there are limits.
// $1 to $6 as kClaim, $7 ids, $8 epochs, $9 results
inline constexpr std::string_view kCompleteAndClaim = R"sql(
WITH locked AS (
  SELECT ctid AS place, id, lock_epoch, status
  FROM poolguard_jobs AS job
  WHERE id = ANY (ARRAY(SELECT unnest($7::bigint[])))
    AND NOT remove_completed
    AND parent_id IS NULL
    AND NOT EXISTS (SELECT FROM poolguard_jobs AS child WHERE child.parent_id = job.id AND child.remove_completed)
    AND NOT EXISTS (SELECT FROM poolguard_limits)
  FOR UPDATE SKIP LOCKED
), completed AS (
  UPDATE poolguard_jobs AS job
  SET status = 'completed',
      lock_until = NULL,
      locked_by = NULL,
      result = given.result::jsonb,
      finished_at = clock_timestamp()
  FROM locked
  JOIN unnest($7::bigint[], $8::bigint[], $9::text[]) AS given (id, lock_epoch, result)
    ON given.id = locked.id AND given.lock_epoch = locked.lock_epoch
  WHERE job.ctid = locked.place AND job.id = given.id AND job.lock_epoch = given.lock_epoch AND locked.status = 'active'
  RETURNING job.id AS completed_id, job.lock_epoch AS completed_epoch
), next AS (
  SELECT id
  FROM (
    SELECT id
    FROM (
      SELECT id
      FROM poolguard_jobs
      WHERE status = 'waiting' AND queue = $1
        AND name = ANY (ARRAY(
          SELECT asked
          FROM unnest($2::text[]) AS asked
          WHERE NOT EXISTS (SELECT FROM poolguard_settings WHERE queue = $1 AND name IN ('', asked) AND paused)
            AND NOT EXISTS (SELECT FROM poolguard_limits WHERE queue = $1 AND name = asked)
        ))
        AND run_at <= clock_timestamp()
        AND NOT paused
        AND (start_by IS NULL OR start_by > clock_timestamp())
        AND (end_by IS NULL OR end_by > clock_timestamp())
      ORDER BY priority DESC, run_at, id
      LIMIT 1000
      FOR UPDATE SKIP LOCKED
    ) AS due
    LIMIT $3::bigint
  ) AS due
  LIMIT $3::bigint
), claimed AS (
  UPDATE poolguard_jobs AS job
  SET status = 'active',
      lock_epoch = job.lock_epoch + 1,
      lock_until = clock_timestamp() + greatest(coalesce(job.lease_ms, $5::bigint), $6::bigint) * interval '1 millisecond',
      locked_by = $4,
      started_at = clock_timestamp(),
      coalesce_key = NULL,
      start_by = NULL
  WHERE job.id = ANY (ARRAY(SELECT id FROM next))
  RETURNING job.id, job.queue, job.name, job.payload, job.status, job.priority, job.attempts, job.max_attempts, job.stalls,
            job.lock_epoch, job.locked_by, job.last_error, job.result, job.created_at, job.run_at, job.finished_at, job.progress,
            job.paused, job.cancel_requested, job.replay_of, job.parent_id, job.on_failure, job.remove_completed, job.limit_key,
            job.lease_ms, job.timeout_ms, job.last_delay_ms, job.backoff,
            least(job.timeout_ms, (extract(epoch FROM job.end_by - clock_timestamp()) * 1000)::bigint) AS run_ms
)
SELECT claimed.*, completed.*, EXISTS (SELECT FROM poolguard_limits) AS limits
FROM (SELECT) AS always
LEFT JOIN (claimed FULL JOIN completed ON false) ON true
ORDER BY claimed.priority DESC, claimed.run_at, claimed.id
)sql";

// A job that is to be gone once it is completed is deleted instead, unless it is a child: that goes when its parent is completed, which may
// ask for its result until then. Parents are locked before children (flow_sql.hpp).
// $1 id, $2 epoch, $3 result
inline constexpr std::string_view kCompleteAndRemove = R"sql(
WITH gone AS (
  DELETE FROM poolguard_jobs
  WHERE id = $1::bigint AND lock_epoch = $2::bigint AND status = 'active' AND remove_completed AND parent_id IS NULL
  RETURNING parent_id, queue, name
), kept AS (
  UPDATE poolguard_jobs
  SET status = 'completed',
      lock_until = NULL,
      locked_by = NULL,
      result = $3::jsonb,
      finished_at = clock_timestamp()
  WHERE id = $1::bigint AND lock_epoch = $2::bigint AND status = 'active' AND NOT (remove_completed AND parent_id IS NULL)
  RETURNING parent_id, queue, name
), ended AS (
  SELECT * FROM gone
  UNION ALL
  SELECT * FROM kept
), children AS (
  DELETE FROM poolguard_jobs
  WHERE parent_id = $1::bigint AND status = 'completed' AND remove_completed AND EXISTS (SELECT FROM ended)
)
SELECT parent_id,
       CASE WHEN EXISTS (
         SELECT FROM poolguard_limits AS limits
         WHERE limits.queue = ended.queue AND limits.name = ended.name
           AND (limits.max_active IS NOT NULL OR limits.key_max_active IS NOT NULL)
       ) THEN pg_notify('poolguard_jobs', left(queue, 1000)) END AS notified
FROM ended
)sql";

// $1 id, $2 epoch, $3 error, $4 delay in ms, $5 for good
inline constexpr std::string_view kFail = R"sql(
UPDATE poolguard_jobs
SET status = CASE
      WHEN cancel_requested THEN 'cancelled'
      WHEN $5::boolean OR attempts + 1 >= max_attempts THEN 'dead'
      ELSE 'waiting'
    END,
    attempts = attempts + 1,
    last_delay_ms = $4::bigint,
    run_at = clock_timestamp() + $4::bigint * interval '1 millisecond',
    last_error = $3,
    lock_until = NULL,
    locked_by = NULL,
    finished_at = CASE WHEN cancel_requested OR $5::boolean OR attempts + 1 >= max_attempts THEN clock_timestamp() END
WHERE id = $1::bigint AND lock_epoch = $2::bigint AND status = 'active'
RETURNING status, attempts,
          CASE WHEN status <> 'waiting' THEN parent_id END AS parent_id,
          CASE WHEN status = 'waiting' OR EXISTS (
            SELECT FROM poolguard_limits AS limits
            WHERE limits.queue = poolguard_jobs.queue AND limits.name = poolguard_jobs.name
              AND (limits.max_active IS NOT NULL OR limits.key_max_active IS NOT NULL)
          ) THEN pg_notify('poolguard_jobs', left(queue, 1000)) END AS notified
)sql";

// $1 id, $2 epoch, $3 reason, $4 delay in ms
inline constexpr std::string_view kRelease = R"sql(
UPDATE poolguard_jobs
SET status = CASE WHEN cancel_requested THEN 'cancelled' ELSE 'waiting' END,
    run_at = clock_timestamp() + $4::bigint * interval '1 millisecond',
    last_error = $3,
    lock_until = NULL,
    locked_by = NULL,
    finished_at = CASE WHEN cancel_requested THEN clock_timestamp() END
WHERE id = $1::bigint AND lock_epoch = $2::bigint AND status = 'active'
RETURNING CASE WHEN status <> 'waiting' THEN parent_id END AS parent_id,
          CASE WHEN status = 'waiting' OR EXISTS (
            SELECT FROM poolguard_limits AS limits
            WHERE limits.queue = poolguard_jobs.queue AND limits.name = poolguard_jobs.name
              AND (limits.max_active IS NOT NULL OR limits.key_max_active IS NOT NULL)
          ) THEN pg_notify('poolguard_jobs', left(queue, 1000)) END AS notified
)sql";

// The reaper: it has no lease, so it matches on the expiry, again in the UPDATE itself.
// $1 grace in ms, $2 max_stalls, $3 limit
inline constexpr std::string_view kSweepStalled = R"sql(
WITH stalled AS (
  SELECT id
  FROM poolguard_jobs
  WHERE status = 'active' AND lock_until < clock_timestamp() - $1::bigint * interval '1 millisecond'
  ORDER BY lock_until
  LIMIT $3::bigint
  FOR UPDATE SKIP LOCKED
)
UPDATE poolguard_jobs AS job
SET status = CASE
      WHEN job.cancel_requested THEN 'cancelled'
      WHEN job.stalls + 1 > $2::integer THEN 'dead'
      ELSE 'waiting'
    END,
    stalls = job.stalls + 1,
    lock_epoch = job.lock_epoch + 1,
    lock_until = NULL,
    locked_by = NULL,
    last_error = 'the lease of ' || coalesce(job.locked_by, 'nobody') || ' ran out',
    finished_at = CASE WHEN job.cancel_requested OR job.stalls + 1 > $2::integer THEN clock_timestamp() END
FROM stalled
WHERE job.id = stalled.id AND job.lock_until < clock_timestamp() - $1::bigint * interval '1 millisecond'
RETURNING job.id, job.status,
          CASE WHEN job.status = 'waiting' OR EXISTS (
            SELECT FROM poolguard_limits AS limits
            WHERE limits.queue = job.queue AND limits.name = job.name
              AND (limits.max_active IS NOT NULL OR limits.key_max_active IS NOT NULL)
          ) THEN pg_notify('poolguard_jobs', left(job.queue, 1000)) END AS notified
)sql";

// Nobody owns what waits or is blocked. $1 limit
inline constexpr std::string_view kSweepExpired = R"sql(
WITH late AS (
  SELECT id
  FROM poolguard_jobs
  WHERE status IN ('blocked', 'waiting') AND (start_by <= clock_timestamp() OR end_by <= clock_timestamp())
  LIMIT $1::bigint
  FOR UPDATE SKIP LOCKED
)
UPDATE poolguard_jobs AS job
SET status = 'dead',
    coalesce_key = NULL,
    last_error = CASE
      WHEN job.start_by <= clock_timestamp() THEN 'it did not begin within its waiting TTL'
      ELSE 'it did not end by its deadline'
    END,
    finished_at = clock_timestamp()
FROM late
WHERE job.id = late.id AND job.status IN ('blocked', 'waiting')
)sql";

// Runs that take longer than they may, whatever their worker says: its lease ends here. The run's owner may end it in this very
// moment, so the epoch that was read is matched.
// $1 grace in ms, $2 limit
inline constexpr std::string_view kSweepOverdue = R"sql(
WITH late AS (
  SELECT id, lock_epoch,
         coalesce(end_by < clock_timestamp() - $1::bigint * interval '1 millisecond', false) AS for_good
  FROM poolguard_jobs
  WHERE status = 'active'
    AND (started_at + timeout_ms * interval '1 millisecond' < clock_timestamp() - $1::bigint * interval '1 millisecond'
         OR end_by < clock_timestamp() - $1::bigint * interval '1 millisecond')
  LIMIT $2::bigint
  FOR UPDATE SKIP LOCKED
)
UPDATE poolguard_jobs AS job
SET status = CASE
      WHEN job.cancel_requested THEN 'cancelled'
      WHEN late.for_good OR job.attempts + 1 >= job.max_attempts THEN 'dead'
      ELSE 'waiting'
    END,
    attempts = job.attempts + 1,
    lock_epoch = job.lock_epoch + 1,
    lock_until = NULL,
    locked_by = NULL,
    last_error = CASE
      WHEN late.for_good THEN 'it did not end by its deadline'
      ELSE 'a run took longer than its timeout of ' || job.timeout_ms || ' ms, and ' || job.locked_by || ' did not end it'
    END,
    finished_at = CASE
      WHEN job.cancel_requested OR late.for_good OR job.attempts + 1 >= job.max_attempts THEN clock_timestamp()
    END
FROM late
WHERE job.id = late.id AND job.lock_epoch = late.lock_epoch AND job.status = 'active'
RETURNING job.id, job.status,
          CASE WHEN job.status = 'waiting' OR EXISTS (
            SELECT FROM poolguard_limits AS limits
            WHERE limits.queue = job.queue AND limits.name = job.name
              AND (limits.max_active IS NOT NULL OR limits.key_max_active IS NOT NULL)
          ) THEN pg_notify('poolguard_jobs', left(job.queue, 1000)) END AS notified
)sql";

// $1 id, $2 epoch, $3 progress
inline constexpr std::string_view kProgress = R"sql(
UPDATE poolguard_jobs
SET progress = $3::jsonb
WHERE id = $1::bigint AND lock_epoch = $2::bigint AND status = 'active'
)sql";

// $1 id
inline constexpr std::string_view kGet = R"sql(
SELECT * FROM poolguard_jobs WHERE id = $1::bigint
)sql";

// $1 queue or NULL, $2 status or NULL, $3 limit, $4 name or NULL
inline constexpr std::string_view kList = R"sql(
SELECT *
FROM poolguard_jobs
WHERE ($1::text IS NULL OR queue = $1) AND ($2::text IS NULL OR status = $2) AND ($4::text IS NULL OR name = $4)
ORDER BY id DESC
LIMIT $3::bigint
)sql";

// $1 queue or NULL
inline constexpr std::string_view kStats = R"sql(
SELECT count(*) FILTER (WHERE status = 'blocked') AS blocked,
       count(*) FILTER (WHERE status = 'waiting') AS waiting,
       count(*) FILTER (WHERE status = 'active') AS active,
       count(*) FILTER (WHERE status = 'completed') AS completed,
       count(*) FILTER (WHERE status = 'dead') AS dead,
       count(*) FILTER (WHERE status = 'cancelled') AS cancelled,
       count(*) FILTER (WHERE status = 'waiting' AND paused) AS paused,
       count(*) FILTER (WHERE status = 'waiting' AND NOT paused AND run_at <= clock_timestamp()) AS ready,
       count(*) FILTER (WHERE status = 'active' AND lock_until < clock_timestamp()) AS expired_leases,
       (extract(epoch FROM clock_timestamp() - min(run_at) FILTER (WHERE status = 'waiting' AND NOT paused AND run_at <= clock_timestamp()))
         * 1000)::bigint AS oldest_ready_ms
FROM poolguard_jobs
WHERE $1::text IS NULL OR queue = $1
)sql";

}  // namespace poolguard::sql
