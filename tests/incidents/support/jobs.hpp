/// The queue of the incidents about leases: its table, a claim and a fence as they should be.
#pragma once

#include <cstdint>
#include <optional>

#include "incidents/support/incident.hpp"

namespace incident {

inline std::string jobs_table(int jobs) {
  return fmt::format(R"sql(
    CREATE TABLE jobs (
      id bigint PRIMARY KEY,
      status text NOT NULL DEFAULT 'waiting',
      lock_epoch bigint NOT NULL DEFAULT 0,
      lock_until timestamptz,
      locked_by text,
      result text
    );
    INSERT INTO jobs (id) SELECT generate_series(1, {});
  )sql",
                     jobs);
}

struct Lease {
  std::int64_t id = 0;
  std::int64_t epoch = 0;
};

/// Takes a job that waits, or one whose lease has run out.
inline std::optional<Lease> claim(pqxx::connection& connection, const std::string& owner, int milliseconds) {
  pqxx::nontransaction autocommit(connection);
  const pqxx::result rows = autocommit.exec(R"sql(
    UPDATE jobs
    SET status = 'active',
        lock_epoch = lock_epoch + 1,
        lock_until = clock_timestamp() + interval '1 millisecond' * )sql" +
                                            std::to_string(milliseconds) + ", locked_by = " + autocommit.quote(owner) + R"sql(
    WHERE id = (
      SELECT id
      FROM jobs
      WHERE status = 'waiting' OR (status = 'active' AND lock_until < clock_timestamp())
      ORDER BY id
      LIMIT 1
      FOR UPDATE SKIP LOCKED
    )
    RETURNING id, lock_epoch
  )sql");
  if (rows.empty()) return std::nullopt;
  return Lease{.id = rows.at(0).at(0).as<std::int64_t>(), .epoch = rows.at(0).at(1).as<std::int64_t>()};
}

/// Waits until somebody's lease has run out, by the server's clock, and takes the job.
inline Lease claim_what_expires(pqxx::connection& connection, const std::string& owner, int milliseconds) {
  std::optional<Lease> lease;
  const bool taken = eventually(std::chrono::seconds{10}, [&] {
    lease = claim(connection, owner, milliseconds);
    return lease.has_value();
  });
  if (!taken) throw std::runtime_error("no lease has run out");
  return *lease;
}

/// The fence: what a stale owner writes matches no row.
inline std::string held(const Lease& lease) {
  return fmt::format("id = {} AND lock_epoch = {}", lease.id, lease.epoch);
}

}  // namespace incident
