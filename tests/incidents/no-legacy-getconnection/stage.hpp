#include <cstdlib>
#include <memory>

#include <libpq-fe.h>

#include "incidents/support/incident.hpp"

using Connection = std::unique_ptr<PGconn, decltype(&PQfinish)>;

inline Connection connect() { return {PQconnectdb(std::getenv("DATABASE_URL")), &PQfinish}; }

/// The connection of the whole process, from the days when there was one request at a time.
POOLGUARD_LEGACY_CONNECTION
inline PGconn* getConnection() {
  static const Connection connection = connect();
  return connection.get();
}

inline bool exec(PGconn* connection, const char* sql) {
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection, sql), &PQclear);
  return PQresultStatus(result.get()) == PGRES_COMMAND_OK;
}

/// A transfer is under way, and fails; meanwhile somebody's order comes in and is acknowledged.
inline incident::Outcome stage(const std::function<void(const std::function<void()>& next_request)>& transfer,
                               const std::function<bool()>& save_order) {
  const incident::Database database(R"sql(
    CREATE TABLE accounts (name text, balance int);
    INSERT INTO accounts VALUES ('ada', 5);
    CREATE TABLE orders (customer text);
  )sql");
  ::setenv("DATABASE_URL", database.url().c_str(), 1);  // no other thread runs yet
  bool acknowledged = false;
  transfer([&] { acknowledged = save_order(); });
  const int stored = database.number("SELECT count(*) FROM orders");
  return {.broke = acknowledged && stored == 0,
          .works = acknowledged && stored == 1,
          .seen = fmt::format("an order acknowledged, {} of 1 stored", stored)};
}
