#include "incidents/support/incident.hpp"

/// Three attempts, and the last error goes up.
POOLGUARD_RUNS_IN_RETRY(0, 3)
inline void with_retry(const std::function<void()>& work) {
  constexpr int kAttempts = 3;
  for (int attempt = 1; attempt < kAttempts; ++attempt) {
    try {
      work();
      return;
    } catch (const pqxx::sql_error&) {
      // The next attempt may succeed.
    }
  }
  work();
}

inline void upsert(pqxx::connection& connection) {
  with_retry([&] {
    pqxx::work tx(connection);
    tx.exec("INSERT INTO chunks (id) VALUES (7) ON CONFLICT (id) DO NOTHING");
    tx.commit();
  });
}

/// The server is in trouble: every attempt fails. A sequence counts what reaches it, since a rollback doesn't take it back.
inline incident::Outcome stage(void (*save)(pqxx::connection&)) {
  const incident::Database database(R"sql(
    CREATE TABLE chunks (id bigint PRIMARY KEY);
    CREATE SEQUENCE attempt;
    CREATE FUNCTION in_trouble() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM nextval('attempt');
      RAISE insufficient_resources;
    END $$;
    CREATE TRIGGER in_trouble BEFORE INSERT ON chunks FOR EACH ROW EXECUTE FUNCTION in_trouble();
  )sql");
  pqxx::connection connection(database.url());
  try {
    save(connection);
  } catch (const pqxx::sql_error&) {
    // As it must.
  }
  const int attempts = database.number("SELECT last_value FROM attempt");
  return {.broke = attempts == 9,
          .works = attempts == 3,
          .seen = fmt::format("one save, {} attempts at a server in trouble", attempts)};
}
