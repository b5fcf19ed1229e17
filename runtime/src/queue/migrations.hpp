/// The schema, version by version. A version that was released is never edited: add the next one.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace poolguard::sql {

// Any fixed number of ours: "poolgrd" in ASCII.
inline constexpr std::string_view kMigrationLock = "SELECT pg_advisory_xact_lock(31647721742365284)";

inline constexpr std::string_view kCreateMigrations = R"sql(
CREATE TABLE IF NOT EXISTS poolguard_migrations (
  version integer PRIMARY KEY,
  applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
)
)sql";

inline constexpr std::string_view kSchemaVersion = R"sql(
SELECT coalesce(max(version), 0) AS version FROM poolguard_migrations
)sql";

// $1 version
inline constexpr std::string_view kRecordMigration = R"sql(
INSERT INTO poolguard_migrations (version) VALUES ($1::integer)
)sql";

inline constexpr std::string_view kCreateJobs = R"sql(
CREATE TABLE poolguard_jobs (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  queue text NOT NULL,
  name text NOT NULL,
  payload jsonb NOT NULL,
  status text NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'active', 'completed', 'dead')),
  priority integer NOT NULL DEFAULT 0,
  run_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  attempts integer NOT NULL DEFAULT 0,
  max_attempts integer NOT NULL CHECK (max_attempts > 0),
  stalls integer NOT NULL DEFAULT 0,
  lock_epoch bigint NOT NULL DEFAULT 0,
  lock_until timestamptz,
  locked_by text,
  last_error text,
  result jsonb,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  started_at timestamptz,
  finished_at timestamptz,
  CHECK ((status = 'active') = (lock_until IS NOT NULL))
)
)sql";

inline constexpr std::string_view kIndexReady = R"sql(
CREATE INDEX poolguard_jobs_ready ON poolguard_jobs (queue, priority DESC, run_at, id) WHERE status = 'waiting'
)sql";

inline constexpr std::string_view kIndexLeases = R"sql(
CREATE INDEX poolguard_jobs_leases ON poolguard_jobs (lock_until) WHERE status = 'active'
)sql";

// Version 2: idempotency keys, coalescing, waiting TTL, quotas.

inline constexpr std::string_view kAddEnqueueColumns = R"sql(
ALTER TABLE poolguard_jobs
  ADD COLUMN idempotency_key text,
  ADD COLUMN coalesce_key text,
  ADD COLUMN start_by timestamptz
)sql";

// The key is free once its job is dead or cancelled.
inline constexpr std::string_view kIndexIdempotency = R"sql(
CREATE UNIQUE INDEX poolguard_jobs_idempotency ON poolguard_jobs (queue, idempotency_key)
WHERE idempotency_key IS NOT NULL AND status IN ('waiting', 'active', 'completed')
)sql";

// The claim takes the key away: what is added after a job has begun is new work.
inline constexpr std::string_view kIndexCoalesce = R"sql(
CREATE UNIQUE INDEX poolguard_jobs_coalesce ON poolguard_jobs (queue, name, coalesce_key) WHERE coalesce_key IS NOT NULL
)sql";

inline constexpr std::string_view kIndexStartBy = R"sql(
CREATE INDEX poolguard_jobs_start_by ON poolguard_jobs (start_by) WHERE start_by IS NOT NULL AND status = 'waiting'
)sql";

// Of the jobs of a name in a queue.
inline constexpr std::string_view kCreateSettings = R"sql(
CREATE TABLE poolguard_settings (
  queue text NOT NULL,
  name text NOT NULL,
  waiting_quota bigint CHECK (waiting_quota >= 0),
  PRIMARY KEY (queue, name)
)
)sql";

// Version 3: leases, timeouts and back-off of a job, cancel, pause, progress, replay.

inline constexpr std::string_view kAddRunColumns = R"sql(
ALTER TABLE poolguard_jobs
  DROP CONSTRAINT poolguard_jobs_status_check,
  ADD CONSTRAINT poolguard_jobs_status_check CHECK (status IN ('waiting', 'active', 'completed', 'dead', 'cancelled')),
  ADD COLUMN lease_ms bigint,
  ADD COLUMN timeout_ms bigint,
  ADD COLUMN end_by timestamptz,
  ADD COLUMN backoff jsonb,
  ADD COLUMN last_delay_ms bigint,
  ADD COLUMN progress jsonb,
  ADD COLUMN paused boolean NOT NULL DEFAULT false,
  ADD COLUMN cancel_requested boolean NOT NULL DEFAULT false,
  ADD COLUMN replay_of bigint
)sql";

inline constexpr std::string_view kIndexEndBy = R"sql(
CREATE INDEX poolguard_jobs_end_by ON poolguard_jobs (end_by) WHERE end_by IS NOT NULL AND status IN ('waiting', 'active')
)sql";

inline constexpr std::string_view kIndexFinished = R"sql(
CREATE INDEX poolguard_jobs_finished ON poolguard_jobs (finished_at) WHERE finished_at IS NOT NULL
)sql";

// The name '' is the queue as a whole.
inline constexpr std::string_view kAddPaused = R"sql(
ALTER TABLE poolguard_settings ADD COLUMN paused boolean NOT NULL DEFAULT false
)sql";

// Version 4: schedules. `epoch` grows with every write: a firing matches what it has read.

inline constexpr std::string_view kCreateSchedules = R"sql(
CREATE TABLE poolguard_schedules (
  name text PRIMARY KEY,
  cron text NOT NULL,
  time_zone text NOT NULL,
  missed text NOT NULL CHECK (missed IN ('once', 'skip')),
  paused boolean NOT NULL DEFAULT false,
  epoch bigint NOT NULL DEFAULT 0,
  next_at timestamptz NOT NULL,
  last_at timestamptz,
  queue text NOT NULL,
  job_name text NOT NULL,
  payload jsonb NOT NULL,
  priority integer NOT NULL,
  max_attempts integer NOT NULL CHECK (max_attempts > 0),
  waiting_ttl_ms bigint,
  lease_ms bigint,
  timeout_ms bigint,
  deadline_ms bigint,
  backoff jsonb,
  coalesced boolean NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
)
)sql";

inline constexpr std::string_view kIndexSchedulesDue = R"sql(
CREATE INDEX poolguard_schedules_due ON poolguard_schedules (next_at) WHERE NOT paused
)sql";

struct Migration {
  std::int32_t version;
  std::span<const std::string_view> statements;
};

inline constexpr std::array kVersion1 = {kCreateJobs, kIndexReady, kIndexLeases};
inline constexpr std::array kVersion2 = {kAddEnqueueColumns, kIndexIdempotency, kIndexCoalesce, kIndexStartBy, kCreateSettings};
inline constexpr std::array kVersion3 = {kAddRunColumns, kIndexEndBy, kIndexFinished, kAddPaused};
inline constexpr std::array kVersion4 = {kCreateSchedules, kIndexSchedulesDue};
inline constexpr std::array kMigrations = {Migration{.version = 1, .statements = kVersion1},
                                           Migration{.version = 2, .statements = kVersion2},
                                           Migration{.version = 3, .statements = kVersion3},
                                           Migration{.version = 4, .statements = kVersion4}};

}  // namespace poolguard::sql
