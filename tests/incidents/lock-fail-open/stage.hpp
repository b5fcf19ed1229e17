#include "incidents/support/incident.hpp"

/// The timer of a second machine fires while the first one is closing the month.
inline incident::Outcome stage(void (*close_month)(pqxx::connection&, const std::function<void(pqxx::work&)>& book)) {
  const incident::Database database("CREATE TABLE bookings (amount int)");
  pqxx::connection first(database.url());
  pqxx::connection second(database.url());
  const auto book = [](pqxx::work& tx) { tx.exec("INSERT INTO bookings VALUES (100)"); };
  close_month(first, [&](pqxx::work& tx) {
    close_month(second, book);
    book(tx);
  });
  const int bookings = database.number("SELECT count(*) FROM bookings");
  return {.broke = bookings == 2,
          .works = bookings == 1,
          .seen = fmt::format("two machines close one month: {} bookings", bookings)};
}
