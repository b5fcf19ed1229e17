#include <functional>
#include <optional>

#include "incidents/support/jobs.hpp"

using Job = std::optional<int>;

inline Job first(const pqxx::result& rows) {
  return rows.empty() ? std::nullopt : Job(rows.at(0).at(0).as<int>());
}

/// Two jobs wait, and two workers take one each. B is done with its claim while A is in the middle of its own.
inline incident::Outcome stage(Job (*claim)(pqxx::connection&, const std::function<void()>& meanwhile)) {
  const incident::Database database(incident::jobs_table(2));
  pqxx::connection a(database.url());
  pqxx::connection b(database.url());
  Job taken_by_b;
  const Job taken_by_a = claim(a, [&] { taken_by_b = claim(b, [] {}); });
  const int epoch = database.number("SELECT max(lock_epoch) FROM jobs");
  const bool both = taken_by_a.has_value() && taken_by_b.has_value();
  return {.broke = both && taken_by_a == taken_by_b && epoch == 2,
          .works = both && taken_by_a != taken_by_b && epoch == 1,
          .seen = fmt::format("2 jobs were free; A has job {}, B has job {}", taken_by_a.value_or(0), taken_by_b.value_or(0))};
}
