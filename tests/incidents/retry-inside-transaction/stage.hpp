#include "incidents/support/incident.hpp"

/// What each attempt ended with.
using Attempts = std::vector<std::string>;

/// libpqxx 7 asks the server once more and hears 25P02; 6 has closed the transaction after the first error.
inline std::string ended_with(const std::exception& error) {
  if (dynamic_cast<const pqxx::serialization_failure*>(&error) != nullptr) return "40001";
  if (dynamic_cast<const pqxx::usage_error*>(&error) != nullptr) return "closed";
  const auto* sql = dynamic_cast<const pqxx::sql_error*>(&error);
  return sql != nullptr ? sql->sqlstate() : error.what();
}

/// The service's own: three attempts, and the last error goes up.
POOLGUARD_RUNS_IN_RETRY(1, 3)
inline void with_retry(Attempts& attempts, const std::function<void()>& work) {
  for (int attempt = 1;; ++attempt) {
    try {
      work();
      attempts.emplace_back("ok");
      return;
    } catch (const std::exception& error) {
      attempts.push_back(ended_with(error));
      if (attempt == 3) throw;
    }
  }
}

/// Exactly the first attempt meets a serialization failure.
inline incident::Outcome stage(void (*reserve)(pqxx::connection&, Attempts&)) {
  const incident::Database database(R"sql(
    CREATE TABLE stock (id bigint, reserved int);
    INSERT INTO stock VALUES (7, 0);
    CREATE SEQUENCE attempt;
    CREATE FUNCTION fail_once() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF nextval('attempt') = 1 THEN RAISE serialization_failure; END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER fail_once BEFORE UPDATE ON stock FOR EACH ROW EXECUTE FUNCTION fail_once();
  )sql");
  pqxx::connection connection(database.url());
  Attempts attempts;
  try {
    reserve(connection, attempts);
  } catch (const std::exception&) {
    // The last attempt's, which is among them.
  }
  const int reserved = database.number("SELECT reserved FROM stock");
  const std::string next = PQXX_VERSION_MAJOR >= 7 ? "25P02" : "closed";
  return {.broke = attempts == Attempts{"40001", next, next} && reserved == 0,
          .works = attempts == Attempts{"40001", "ok"} && reserved == 1,
          .seen = fmt::format("attempts ended in {}; reserved {}", fmt::join(attempts, ", "), reserved)};
}
