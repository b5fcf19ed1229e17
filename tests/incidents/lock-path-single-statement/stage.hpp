#include "incidents/support/jobs.hpp"

inline constexpr const char* kClaim = R"sql(
UPDATE jobs
SET status = 'active', lock_epoch = lock_epoch + 1, lock_until = now() + interval '1 second'
WHERE id = (
  SELECT id
  FROM jobs
  WHERE status = 'waiting' OR (status = 'active' AND lock_until < now())
  ORDER BY id
  LIMIT 1
  FOR UPDATE SKIP LOCKED
)
)sql";

/// Something that reads for longer than a lease lasts.
inline void load_plan(pqxx::work& tx) { tx.exec("SELECT pg_sleep_until(now() + interval '1100 ms')"); }

/// A takes the one job; B asks for a job as soon as A has it.
inline incident::Outcome stage(bool (*take_job)(pqxx::connection&)) {
  const incident::Database database(incident::jobs_table(1));
  pqxx::connection a(database.url());
  pqxx::connection b(database.url());
  const bool a_has_it = take_job(a);
  const bool b_has_it = pqxx::nontransaction(b).exec(kClaim).affected_rows() == 1;
  return {.broke = a_has_it && b_has_it,
          .works = a_has_it && !b_has_it,
          .seen = fmt::format("A's lease {}, {} of 2 workers run the job", b_has_it ? "began expired" : "holds",
                              b_has_it ? 2 : 1)};
}
