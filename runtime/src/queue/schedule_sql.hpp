/// The statements of schedules: jobs that come by a cron expression.
#pragma once

#include <string_view>

namespace poolguard::sql {

// $1 time zone
inline constexpr std::string_view kZoneAndNow = R"sql(
SELECT EXISTS (SELECT FROM pg_timezone_names WHERE name = $1) AS known, floor(extract(epoch FROM clock_timestamp()))::bigint AS now_s
)sql";

// What the zone's wall clock shows from $2 on, and from each of its changes until $3: looked for day by day, then, on a day with one, by
// the minute. The server's zone data are the only ones, so that all processes agree.
// $1 time zone, $2 from, $3 to, in s since 1970
inline constexpr std::string_view kZoneSpans = R"sql(
WITH day AS (
  SELECT at,
         (at AT TIME ZONE $1) - (at AT TIME ZONE 'UTC') AS utc_offset,
         lag(at) OVER (ORDER BY at) AS before_at,
         lag((at AT TIME ZONE $1) - (at AT TIME ZONE 'UTC')) OVER (ORDER BY at) AS before_offset
  FROM generate_series(to_timestamp($2::bigint), to_timestamp($3::bigint) + interval '24 hours', interval '24 hours') AS at
), change AS (
  SELECT at, utc_offset FROM day WHERE before_at IS NULL
  UNION ALL
  SELECT minute.at, (minute.at AT TIME ZONE $1) - (minute.at AT TIME ZONE 'UTC')
  FROM day,
       LATERAL generate_series(before_at + interval '1 minute', day.at, interval '1 minute') AS minute (at)
  WHERE day.utc_offset <> day.before_offset
    AND (minute.at AT TIME ZONE $1) - ((minute.at - interval '1 minute') AT TIME ZONE $1) <> interval '1 minute'
)
SELECT extract(epoch FROM at)::bigint AS begins_s, extract(epoch FROM utc_offset)::bigint AS offset_s
FROM change
WHERE at < to_timestamp($3::bigint)
ORDER BY at
)sql";

// One that is there keeps its next time, unless what determines that has changed.
// $1 name, $2 cron, $3 time zone, $4 missed, $5 next in s since 1970, $6 queue, $7 job's name, $8 payload, $9 priority, $10 max_attempts,
// $11 waiting TTL, $12 lease, $13 timeout, $14 deadline, in ms or NULL, $15 backoff or NULL, $16 coalesce, $17 limit key or NULL,
// $18 whether its jobs are gone once completed
inline constexpr std::string_view kPutSchedule = R"sql(
INSERT INTO poolguard_schedules AS there (name, cron, time_zone, missed, next_at, queue, job_name, payload, priority, max_attempts,
                                          waiting_ttl_ms, lease_ms, timeout_ms, deadline_ms, backoff, coalesced, limit_key, remove_completed)
VALUES ($1, $2, $3, $4, to_timestamp($5::bigint), $6, $7, $8::jsonb, $9::integer, $10::integer,
        $11::bigint, $12::bigint, $13::bigint, $14::bigint, $15::jsonb, $16::boolean, $17, $18::boolean)
ON CONFLICT (name) DO UPDATE
SET cron = EXCLUDED.cron,
    time_zone = EXCLUDED.time_zone,
    missed = EXCLUDED.missed,
    epoch = there.epoch + 1,
    next_at = CASE
      WHEN there.cron = EXCLUDED.cron AND there.time_zone = EXCLUDED.time_zone THEN there.next_at
      ELSE EXCLUDED.next_at
    END,
    queue = EXCLUDED.queue,
    job_name = EXCLUDED.job_name,
    payload = EXCLUDED.payload,
    priority = EXCLUDED.priority,
    max_attempts = EXCLUDED.max_attempts,
    waiting_ttl_ms = EXCLUDED.waiting_ttl_ms,
    lease_ms = EXCLUDED.lease_ms,
    timeout_ms = EXCLUDED.timeout_ms,
    deadline_ms = EXCLUDED.deadline_ms,
    backoff = EXCLUDED.backoff,
    coalesced = EXCLUDED.coalesced,
    limit_key = EXCLUDED.limit_key,
    remove_completed = EXCLUDED.remove_completed
RETURNING there.epoch
)sql";

inline constexpr std::string_view kListSchedules = R"sql(
SELECT * FROM poolguard_schedules ORDER BY name
)sql";

// $1 name
inline constexpr std::string_view kReadSchedule = R"sql(
SELECT name, cron, time_zone, epoch, floor(extract(epoch FROM clock_timestamp()))::bigint AS now_s
FROM poolguard_schedules
WHERE name = $1
)sql";

// $1 name
inline constexpr std::string_view kRemoveSchedule = R"sql(
DELETE FROM poolguard_schedules WHERE name = $1
)sql";

// $1 name
inline constexpr std::string_view kPauseSchedule = R"sql(
UPDATE poolguard_schedules
SET paused = true, epoch = epoch + 1
WHERE name = $1
)sql";

// What would have come during the pause was not missed. $1 name, $2 epoch, $3 next in s since 1970
inline constexpr std::string_view kResumeSchedule = R"sql(
UPDATE poolguard_schedules
SET paused = false, epoch = epoch + 1, next_at = CASE WHEN paused THEN to_timestamp($3::bigint) ELSE next_at END
WHERE name = $1 AND epoch = $2::bigint
)sql";

// $1 ahead in ms, $2 names that are left out, $3 limit
inline constexpr std::string_view kDueSchedules = R"sql(
SELECT name, cron, time_zone, missed, epoch,
       extract(epoch FROM next_at)::bigint AS next_s,
       floor(extract(epoch FROM clock_timestamp()))::bigint AS now_s
FROM poolguard_schedules
WHERE NOT paused AND next_at <= clock_timestamp() + $1::bigint * interval '1 millisecond' AND name <> ALL ($2::text[])
ORDER BY next_at
LIMIT $3::bigint
)sql";

// The schedule moves on and its job is there, or neither. Of several that read the same epoch one matches. The key is a second lock on
// the same door; a job that coalesces and is there already is enough.
// $1 name, $2 epoch, $3 the time that it fires for, $4 the one after that, in s since 1970, $5 whether a job is added
inline constexpr std::string_view kFireSchedule = R"sql(
WITH fired AS (
  UPDATE poolguard_schedules
  SET next_at = to_timestamp($4::bigint),
      last_at = CASE WHEN $5::boolean THEN to_timestamp($3::bigint) ELSE last_at END,
      epoch = epoch + 1
  WHERE name = $1 AND epoch = $2::bigint AND NOT paused
  RETURNING *, greatest(to_timestamp($3::bigint), clock_timestamp()) AS begins
), added AS (
  INSERT INTO poolguard_jobs (queue, name, payload, priority, run_at, max_attempts, start_by, lease_ms, timeout_ms, end_by, backoff,
                              limit_key, remove_completed, idempotency_key, coalesce_key)
  SELECT queue, job_name, payload, priority, to_timestamp($3::bigint), max_attempts, begins + waiting_ttl_ms * interval '1 millisecond',
         lease_ms, timeout_ms, begins + deadline_ms * interval '1 millisecond', backoff, limit_key, remove_completed,
         'schedule ' || name || ' ' || $3::bigint,
         CASE WHEN coalesced THEN md5(payload::text) END
  FROM fired
  WHERE $5::boolean
  ON CONFLICT DO NOTHING
  RETURNING id, pg_notify('poolguard_jobs', left(queue, 1000)) AS notified
)
SELECT fired.name, added.id
FROM fired LEFT JOIN added ON true
)sql";

}  // namespace poolguard::sql
