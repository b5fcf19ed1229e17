/// How a worker learns that there is something to do: the channel, and what it asks when nobody tells it.
///
/// A statement that makes a job claimable calls pg_notify('poolguard_jobs', queue) itself, so that the notification is sent when,
/// and if, its transaction commits; Postgres folds equal ones of a transaction into one. A payload has less than 8000 bytes.
#pragma once

#include <cstddef>
#include <string_view>

namespace poolguard::sql {

inline constexpr std::string_view kJobsChannel = "poolguard_jobs";

/// A longer name of a queue is cut to so many characters in the payload.
inline constexpr std::size_t kNotifiedQueue = 1000;

// One notification a queue, for what COPY adds. $1 queues
inline constexpr std::string_view kNotify = R"sql(
SELECT pg_notify('poolguard_jobs', queue)
FROM (SELECT DISTINCT left(queue, 1000) AS queue FROM unnest($1::text[]) AS added (queue)) AS added
)sql";

// In how many ms the next job is due, from any that could be claimed: 0 or less for now, NULL for none. Goes from priority to
// priority along poolguard_jobs_ready and takes the first of each, so that jobs that wait for a later time cost nothing. Knows no
// limits: kNextDueWithinLimits (limits_sql.hpp) does.
// $1 queue, $2 names
inline constexpr std::string_view kNextDue = R"sql(
WITH RECURSIVE level (priority) AS (
  SELECT max(priority) FROM poolguard_jobs WHERE status = 'waiting' AND queue = $1
  UNION ALL
  SELECT (SELECT max(priority) FROM poolguard_jobs WHERE status = 'waiting' AND queue = $1 AND priority < level.priority)
  FROM level
  WHERE level.priority IS NOT NULL
)
SELECT ceil(extract(epoch FROM min(first.run_at) - clock_timestamp()) * 1000)::bigint AS due_ms
FROM level
CROSS JOIN LATERAL (
  SELECT run_at
  FROM poolguard_jobs
  WHERE status = 'waiting' AND queue = $1 AND priority = level.priority
    AND name = ANY (ARRAY(
      SELECT asked
      FROM unnest($2::text[]) AS asked
      WHERE NOT EXISTS (SELECT FROM poolguard_settings WHERE queue = $1 AND name IN ('', asked) AND paused)
    ))
    AND NOT paused
    AND (start_by IS NULL OR start_by > clock_timestamp())
    AND (end_by IS NULL OR end_by > clock_timestamp())
  ORDER BY run_at
  LIMIT 1
) AS first
)sql";

// What the sweeps would find: they are four writing statements, and mostly find nothing. `flows` is kFindSettled's condition (flow_sql.hpp).
// $1 grace in ms, $2 how far ahead schedules are looked at, in ms
inline constexpr std::string_view kSweepsNeeded = R"sql(
SELECT EXISTS (
         SELECT FROM poolguard_jobs
         WHERE status = 'active' AND lock_until < clock_timestamp() - $1::bigint * interval '1 millisecond'
       ) AS stalled,
       EXISTS (
         SELECT FROM poolguard_jobs
         WHERE status = 'active'
           AND (started_at + timeout_ms * interval '1 millisecond' < clock_timestamp() - $1::bigint * interval '1 millisecond'
                OR end_by < clock_timestamp() - $1::bigint * interval '1 millisecond')
       ) AS overdue,
       EXISTS (SELECT FROM poolguard_jobs WHERE status IN ('blocked', 'waiting') AND start_by <= clock_timestamp())
         OR EXISTS (SELECT FROM poolguard_jobs WHERE status IN ('blocked', 'waiting') AND end_by <= clock_timestamp()) AS expired,
       EXISTS (
         SELECT
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
       ) AS flows,
       EXISTS (
         SELECT FROM poolguard_schedules
         WHERE NOT paused AND next_at <= clock_timestamp() + $2::bigint * interval '1 millisecond'
       ) AS schedules
)sql";

}  // namespace poolguard::sql
