/// The statements of flows.
///
/// A parent learns of its children by looking at them, in a statement of its own after a child's end has committed: of children that end at
/// once, the look of the one that commits last sees all of them. So the end of a child locks the child alone, and a parent's step the parent
/// alone. Lock order, for a statement that locks several (a cancel of a tree, a step of several parents, the end of a parent whose
/// completed children go with it): parents before children, which is the order of the ids, since a flow's ids are given to parents first.
#pragma once

#include <string_view>

namespace poolguard::sql {

inline constexpr std::string_view kCopyFlow = R"sql(
COPY poolguard_jobs (id, queue, name, payload, priority, run_at, max_attempts, start_by, lease_ms, timeout_ms, end_by, backoff,
                     limit_key, remove_completed, created_at, status, parent_id, on_failure)
FROM STDIN
)sql";

// A parent's step out of `blocked`: it waits for a worker once no child is left to end, or one that failed says `continue_parent`; it is
// dead once one that failed says `fail_parent`. After a retry only failures since then count. Nobody owns what is blocked: the step matches
// the status and the epoch that it has read.
// $1 ids
inline constexpr std::string_view kSettleParents = R"sql(
WITH look AS (
  SELECT parent.id, parent.lock_epoch,
         EXISTS (
           SELECT FROM poolguard_jobs AS child
           WHERE child.parent_id = parent.id AND child.status IN ('blocked', 'waiting', 'active')
         ) AS children_left,
         EXISTS (
           SELECT FROM poolguard_jobs AS child
           WHERE child.parent_id = parent.id AND child.status IN ('dead', 'cancelled') AND child.on_failure = 'continue_parent'
             AND (parent.retried_at IS NULL OR child.finished_at > parent.retried_at)
         ) AS goes_on,
         (
           SELECT min(child.id)
           FROM poolguard_jobs AS child
           WHERE child.parent_id = parent.id AND child.status IN ('dead', 'cancelled') AND child.on_failure = 'fail_parent'
             AND (parent.retried_at IS NULL OR child.finished_at > parent.retried_at)
         ) AS failed_by
  FROM poolguard_jobs AS parent
  WHERE parent.id = ANY ($1::bigint[]) AND parent.status = 'blocked'
), settled AS (
  SELECT * FROM look WHERE failed_by IS NOT NULL OR goes_on OR NOT children_left
), locked AS (
  SELECT id
  FROM poolguard_jobs
  WHERE id = ANY (ARRAY(SELECT id FROM settled)) AND status = 'blocked'
  ORDER BY id
  FOR UPDATE
)
UPDATE poolguard_jobs AS job
SET status = CASE WHEN settled.failed_by IS NULL THEN 'waiting' ELSE 'dead' END,
    lock_epoch = job.lock_epoch + 1,
    last_error = CASE WHEN settled.failed_by IS NULL THEN job.last_error ELSE 'its child, job ' || settled.failed_by || ', failed' END,
    finished_at = CASE WHEN settled.failed_by IS NULL THEN NULL ELSE clock_timestamp() END
FROM settled
JOIN locked ON locked.id = settled.id
WHERE job.id = settled.id AND job.lock_epoch = settled.lock_epoch AND job.status = 'blocked'
RETURNING job.id, job.status, job.parent_id,
          CASE WHEN job.status = 'waiting' THEN pg_notify('poolguard_jobs', left(job.queue, 1000)) END AS notified
)sql";

// Parents that can take their step: whoever should have looked has died before it did. $1 limit
inline constexpr std::string_view kFindSettled = R"sql(
SELECT parent.id
FROM poolguard_jobs AS parent
WHERE parent.status = 'blocked'
  AND (
    NOT EXISTS (
      SELECT FROM poolguard_jobs AS child
      WHERE child.parent_id = parent.id AND child.status IN ('blocked', 'waiting', 'active')
    )
    OR EXISTS (
      SELECT FROM poolguard_jobs AS child
      WHERE child.parent_id = parent.id AND child.status IN ('dead', 'cancelled')
        AND child.on_failure IN ('fail_parent', 'continue_parent')
        AND (parent.retried_at IS NULL OR child.finished_at > parent.retried_at)
    )
  )
ORDER BY parent.id
LIMIT $1::bigint
)sql";

// $1 parent
inline constexpr std::string_view kChildren = R"sql(
SELECT * FROM poolguard_jobs WHERE parent_id = $1::bigint ORDER BY id
)sql";

// A job and all below it, of what no worker has. $1 id
inline constexpr std::string_view kCancelTree = R"sql(
WITH RECURSIVE tree AS (
  SELECT id FROM poolguard_jobs WHERE id = $1::bigint
  UNION ALL
  SELECT job.id FROM poolguard_jobs AS job JOIN tree ON job.parent_id = tree.id
), locked AS (
  SELECT id
  FROM poolguard_jobs
  WHERE id = ANY (ARRAY(SELECT id FROM tree)) AND status IN ('blocked', 'waiting')
  ORDER BY id
  FOR UPDATE
)
UPDATE poolguard_jobs AS job
SET status = 'cancelled',
    cancel_requested = true,
    coalesce_key = NULL,
    finished_at = clock_timestamp()
FROM locked
WHERE job.id = locked.id AND job.status IN ('blocked', 'waiting')
RETURNING job.id, job.parent_id
)sql";

// Each is asked by itself, with kRequestCancel: a renewal locks the rows of a worker in no order. $1 id
inline constexpr std::string_view kActiveInTree = R"sql(
WITH RECURSIVE tree AS (
  SELECT id FROM poolguard_jobs WHERE id = $1::bigint
  UNION ALL
  SELECT job.id FROM poolguard_jobs AS job JOIN tree ON job.parent_id = tree.id
)
SELECT job.id
FROM tree
JOIN poolguard_jobs AS job ON job.id = tree.id
WHERE job.status = 'active' AND NOT job.cancel_requested
ORDER BY job.id
)sql";

}  // namespace poolguard::sql
