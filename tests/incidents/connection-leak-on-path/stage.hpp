#include "incidents/support/pool.hpp"

/// A pool of two. Two orders are refused by the database, then a good one comes.
inline incident::Outcome stage(void (*handle)(incident::Pool&, int order)) {
  const incident::Database database("CREATE TABLE orders (id int CHECK (id > 0))");
  incident::Pool pool(database.url(), 2);
  std::string good = "served";
  for (const int order : {-1, -2, 3}) {
    try {
      handle(pool, order);
    } catch (const pqxx::sql_error&) {
      // The client hears that its order is refused.
    } catch (const std::runtime_error& error) {
      good = error.what();
    }
  }
  const int stored = database.number("SELECT count(*) FROM orders");
  return {.broke = stored == 0 && pool.free() == 0 && good == "the pool is exhausted",
          .works = stored == 1 && pool.free() == 2 && good == "served",
          .seen = fmt::format("after 2 refused orders {} of 2 connections are free, the next order: {}", pool.free(), good)};
}
