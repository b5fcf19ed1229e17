#include "incidents/support/cutting_proxy.hpp"
#include "incidents/support/incident.hpp"

/// The server has committed, and the connection breaks before the client hears of it.
inline incident::Outcome stage(void (*pay)(const std::string& dsn)) {
  const incident::Database database("CREATE TABLE payments (request_id text UNIQUE, amount int)");
  incident::CuttingProxy proxy(database.cluster().port());
  proxy.cut_at_next("COMMIT");
  pay(proxy.url());
  const int payments = database.number("SELECT count(*) FROM payments");
  return {.broke = proxy.cuts() == 1 && payments == 2,
          .works = proxy.cuts() == 1 && payments == 1,
          .seen = fmt::format("{} answer to a COMMIT lost, {} payments for one request", proxy.cuts(), payments)};
}
