#include "incidents/support/pool.hpp"

/// The next request finds the connection in the pool as soon as it is there.
inline incident::Outcome stage(void (*handle)(incident::Pool&, const std::function<void()>& next_request)) {
  const incident::Database database("CREATE TABLE orders (id int)");
  incident::Pool pool(database.url(), 1);
  std::string next = "served";
  handle(pool, [&] {
    pqxx::connection* connection = pool.acquire();
    try {
      pqxx::work tx(*connection);
      tx.exec("INSERT INTO orders VALUES (2)");
      tx.commit();
    } catch (const pqxx::usage_error&) {
      next = "refused, since a transaction is still active";
    }
    pool.release(connection);
  });
  const int stored = database.number("SELECT count(*) FROM orders");
  return {.broke = stored == 1 && next != "served",
          .works = stored == 2 && next == "served",
          .seen = fmt::format("{} of 2 orders stored, the next request was {}", stored, next)};
}
