#include "incidents/support/exec_params.hpp"
#include "incidents/support/incident.hpp"

/// The last statement fails, since the carrier has all the orders that it may have.
inline incident::Outcome stage(void (*ship)(pqxx::connection&, const std::string& carrier)) {
  const incident::Database database(R"sql(
    CREATE TABLE orders (id bigint, state text);
    INSERT INTO orders VALUES (7, 'packed');
    CREATE TABLE audit (entry text);
    CREATE TABLE carriers (name text, orders int CHECK (orders <= 5));
    INSERT INTO carriers VALUES ('snail', 5);
  )sql");
  pqxx::connection connection(database.url());
  bool failed = false;
  try {
    ship(connection, "snail");
  } catch (const pqxx::sql_error&) {
    failed = true;
  }
  const int sent = database.number("SELECT count(*) FROM orders WHERE state = 'sent'");
  const int entries = database.number("SELECT count(*) FROM audit");
  return {.broke = failed && sent == 1 && entries == 1,
          .works = failed && sent == 0 && entries == 0,
          .seen = fmt::format("shipping failed; orders sent {}, audit entries {}", sent, entries)};
}
