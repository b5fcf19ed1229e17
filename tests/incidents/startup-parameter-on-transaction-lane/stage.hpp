#include "incidents/support/incident.hpp"

/// `report` says what limit it has, once it is connected.
inline incident::Outcome stage(std::string (*report)(int pooler)) {
  const incident::Database database("");
  const incident::PgBouncerProcess pooler(database.cluster());
  std::string limit = "none";
  std::string error;
  try {
    limit = report(pooler.port());
  } catch (const pqxx::failure& failure) {
    error = failure.what();
  }
  const bool rejected = error.find("unsupported startup parameter") != std::string::npos;
  return {.broke = rejected,
          .works = limit == "5s",
          .seen = rejected ? "PgBouncer: unsupported startup parameter" : fmt::format("connected, the limit is {}", limit)};
}
