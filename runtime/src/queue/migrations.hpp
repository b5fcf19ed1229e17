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

// Version 5: limits of a name and of its keys. `claims` grows with every claim of the name, so that a claim can tell whether what it has
// counted is still true.

inline constexpr std::string_view kAddLimitKeys = R"sql(
ALTER TABLE poolguard_jobs ADD COLUMN limit_key text
)sql";

inline constexpr std::string_view kAddScheduleLimitKeys = R"sql(
ALTER TABLE poolguard_schedules ADD COLUMN limit_key text
)sql";

inline constexpr std::string_view kCreateLimits = R"sql(
CREATE TABLE poolguard_limits (
  queue text NOT NULL,
  name text NOT NULL,
  max_active bigint CHECK (max_active > 0),
  max_starts bigint CHECK (max_starts > 0),
  window_ms bigint CHECK (window_ms > 0),
  key_max_active bigint CHECK (key_max_active > 0),
  key_max_starts bigint CHECK (key_max_starts > 0),
  key_window_ms bigint CHECK (key_window_ms > 0),
  claims bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (queue, name)
)
)sql";

// Of names with a limit on starts; a claim takes away what is older than the window.
inline constexpr std::string_view kCreateStarts = R"sql(
CREATE TABLE poolguard_starts (
  queue text NOT NULL,
  name text NOT NULL,
  limit_key text,
  started_at timestamptz NOT NULL
)
)sql";

inline constexpr std::string_view kIndexStarts = R"sql(
CREATE INDEX poolguard_starts_time ON poolguard_starts (queue, name, started_at)
)sql";

inline constexpr std::string_view kIndexKeyStarts = R"sql(
CREATE INDEX poolguard_starts_key ON poolguard_starts (queue, name, limit_key, started_at) WHERE limit_key IS NOT NULL
)sql";

inline constexpr std::string_view kIndexKeysReady = R"sql(
CREATE INDEX poolguard_jobs_keys_ready ON poolguard_jobs (queue, name, limit_key, priority DESC, run_at, id)
WHERE status = 'waiting' AND limit_key IS NOT NULL
)sql";

inline constexpr std::string_view kIndexActive = R"sql(
CREATE INDEX poolguard_jobs_active ON poolguard_jobs (queue, name, limit_key) WHERE status = 'active'
)sql";

// Version 6: flows (parents that wait, blocked, for their children), and jobs that are gone once they are completed.

inline constexpr std::string_view kAddFlowColumns = R"sql(
ALTER TABLE poolguard_jobs
  DROP CONSTRAINT poolguard_jobs_status_check,
  ADD CONSTRAINT poolguard_jobs_status_check
    CHECK (status IN ('blocked', 'waiting', 'active', 'completed', 'dead', 'cancelled')),
  ADD COLUMN parent_id bigint,
  ADD COLUMN on_failure text NOT NULL DEFAULT 'fail_parent'
    CHECK (on_failure IN ('fail_parent', 'remove_dependency', 'ignore', 'continue_parent')),
  ADD COLUMN retried_at timestamptz,
  ADD COLUMN remove_completed boolean NOT NULL DEFAULT false
)sql";

inline constexpr std::string_view kAddScheduleRemove = R"sql(
ALTER TABLE poolguard_schedules ADD COLUMN remove_completed boolean NOT NULL DEFAULT false
)sql";

inline constexpr std::string_view kDropStartBy = R"sql(
DROP INDEX poolguard_jobs_start_by
)sql";

inline constexpr std::string_view kIndexStartByBlocked = R"sql(
CREATE INDEX poolguard_jobs_start_by ON poolguard_jobs (start_by) WHERE start_by IS NOT NULL AND status IN ('blocked', 'waiting')
)sql";

inline constexpr std::string_view kDropEndBy = R"sql(
DROP INDEX poolguard_jobs_end_by
)sql";

inline constexpr std::string_view kIndexEndByBlocked = R"sql(
CREATE INDEX poolguard_jobs_end_by ON poolguard_jobs (end_by) WHERE end_by IS NOT NULL AND status IN ('blocked', 'waiting', 'active')
)sql";

inline constexpr std::string_view kIndexBlocked = R"sql(
CREATE INDEX poolguard_jobs_blocked ON poolguard_jobs (id) WHERE status = 'blocked'
)sql";

inline constexpr std::string_view kIndexChildren = R"sql(
CREATE INDEX poolguard_jobs_children ON poolguard_jobs (parent_id, id) WHERE parent_id IS NOT NULL
)sql";

inline constexpr std::string_view kIndexChildrenLeft = R"sql(
CREATE INDEX poolguard_jobs_children_left ON poolguard_jobs (parent_id)
WHERE parent_id IS NOT NULL AND status IN ('blocked', 'waiting', 'active')
)sql";

inline constexpr std::string_view kIndexChildrenFailed = R"sql(
CREATE INDEX poolguard_jobs_children_failed ON poolguard_jobs (parent_id, id)
WHERE parent_id IS NOT NULL AND status IN ('dead', 'cancelled')
)sql";

// Version 7: without that index a renewal changes nothing that is indexed, so that it writes to no index at all (a HOT update) and leaves
// nothing for vacuum. What it was for, leases that ran out, is found among the few jobs that are active.

inline constexpr std::string_view kDropLeases = R"sql(
DROP INDEX poolguard_jobs_leases
)sql";

struct Migration {
  std::int32_t version;
  std::span<const std::string_view> statements;
};

inline constexpr std::array kVersion1 = {kCreateJobs, kIndexReady, kIndexLeases};
inline constexpr std::array kVersion2 = {kAddEnqueueColumns, kIndexIdempotency, kIndexCoalesce, kIndexStartBy, kCreateSettings};
inline constexpr std::array kVersion3 = {kAddRunColumns, kIndexEndBy, kIndexFinished, kAddPaused};
inline constexpr std::array kVersion4 = {kCreateSchedules, kIndexSchedulesDue};
inline constexpr std::array kVersion5 = {kAddLimitKeys, kAddScheduleLimitKeys, kCreateLimits,   kCreateStarts,
                                         kIndexStarts,  kIndexKeyStarts,       kIndexKeysReady, kIndexActive};
inline constexpr std::array kVersion6 = {kAddFlowColumns,    kAddScheduleRemove, kDropStartBy,       kIndexStartByBlocked,
                                         kDropEndBy,         kIndexEndByBlocked, kIndexBlocked,      kIndexChildren,
                                         kIndexChildrenLeft, kIndexChildrenFailed};
inline constexpr std::array kVersion7 = {kDropLeases};
inline constexpr std::array kMigrations = {Migration{.version = 1, .statements = kVersion1},
                                           Migration{.version = 2, .statements = kVersion2},
                                           Migration{.version = 3, .statements = kVersion3},
                                           Migration{.version = 4, .statements = kVersion4},
                                           Migration{.version = 5, .statements = kVersion5},
                                           Migration{.version = 6, .statements = kVersion6},
                                           Migration{.version = 7, .statements = kVersion7}};

}  // namespace poolguard::sql
