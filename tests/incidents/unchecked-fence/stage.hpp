#include "incidents/support/jobs.hpp"

using Outbox = std::vector<std::string>;

/// A's lease runs out, B takes the job and finishes it; then A finishes too.
inline incident::Outcome stage(void (*finish)(pqxx::connection&, const incident::Lease&, Outbox&)) {
  const incident::Database database(incident::jobs_table(1));
  pqxx::connection connection(database.url());
  const incident::Lease a = incident::claim(connection, "A", 50).value();
  const incident::Lease b = incident::claim_what_expires(connection, "B", 60'000);
  Outbox outbox;
  finish(connection, b, outbox);
  finish(connection, a, outbox);
  return {.broke = outbox.size() == 2,
          .works = outbox.size() == 1,
          .seen = fmt::format("a stale worker finishes too: {} mails for one job", outbox.size())};
}
