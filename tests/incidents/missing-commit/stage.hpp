#include "incidents/support/incident.hpp"

/// The caller takes the order for stored, since saving it threw nothing.
inline incident::Outcome stage(void (*save_order)(pqxx::connection&)) {
  const incident::Database database("CREATE TABLE orders (customer text)");
  pqxx::connection connection(database.url());
  save_order(connection);
  const int stored = database.number("SELECT count(*) FROM orders");
  return {.broke = stored == 0, .works = stored == 1, .seen = fmt::format("no error, {} of 1 orders stored", stored)};
}
