#include "incidents/support/incident.hpp"

/// The day on which the migration runs.
inline incident::Outcome stage(void (*migrate)(pqxx::connection&)) {
  const incident::Database database("CREATE TABLE jobs (id bigint, state text)");
  pqxx::connection connection(database.url());
  std::string sqlstate = "none";
  try {
    migrate(connection);
  } catch (const pqxx::sql_error& error) {
    sqlstate = error.sqlstate();
  }
  const int indexes = database.number("SELECT count(*) FROM pg_index JOIN pg_class ON oid = indexrelid "
                                      "WHERE relname = 'jobs_state' AND indisvalid");
  return {.broke = sqlstate == "25001" && indexes == 0,
          .works = sqlstate == "none" && indexes == 1,
          .seen = fmt::format("error {}, {} of 1 indexes made", sqlstate, indexes)};
}
