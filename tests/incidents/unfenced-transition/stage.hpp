#include "incidents/support/jobs.hpp"

/// A's lease runs out, B takes the job and completes it; then A comes with its own result.
inline incident::Outcome stage(std::size_t (*complete)(pqxx::connection&, const incident::Lease&, const std::string& result)) {
  const incident::Database database(incident::jobs_table(1));
  pqxx::connection connection(database.url());
  const incident::Lease a = incident::claim(connection, "A", 50).value();
  const incident::Lease b = incident::claim_what_expires(connection, "B", 60'000);
  const std::size_t by_owner = complete(connection, b, "B's");
  const std::size_t by_stale = complete(connection, a, "A's");
  const std::string result = database.text("SELECT result FROM jobs");
  return {.broke = by_owner == 1 && by_stale == 1 && result == "A's",
          .works = by_owner == 1 && by_stale == 0 && result == "B's",
          .seen = fmt::format("the stale owner's write matched {} rows, the result is {}", by_stale, result)};
}
