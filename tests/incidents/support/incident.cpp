#include "incidents/support/incident.hpp"

#include <chrono>
#include <exception>
#include <iostream>

namespace incident {
namespace {

int judge(const std::function<Outcome()>& stage, bool broken) try {
  const Outcome outcome = stage();
  // scripts/incidents reads this line.
  if (outcome.broke == broken && outcome.works == !broken) {
    std::cout << (broken ? "=> broke: " : "=> cured: ") << outcome.seen << '\n';
    return 0;
  }
  std::cout << (broken ? "=> NOT BROKEN, which is a failure of this program: " : "=> NOT CURED: ") << outcome.seen << '\n';
  return 1;
} catch (const std::exception& error) {
  std::cout << "=> NOT STAGED: " << error.what() << '\n';
  return 2;
}

}  // namespace

Database::Database(const std::string& schema, const std::vector<std::string>& settings) : cluster_(settings) {
  run(schema);
}

void Database::run(const std::string& sql) const {
  pqxx::connection connection(cluster_.socket_url());
  pqxx::nontransaction autocommit(connection);
  autocommit.exec(sql);
}

std::string Database::text(const std::string& sql) const {
  pqxx::connection connection(cluster_.socket_url());
  pqxx::nontransaction autocommit(connection);
  return autocommit.exec(sql).at(0).at(0).as<std::string>("");
}

bool Database::becomes_true(const std::string& sql) const {
  pqxx::connection connection(cluster_.socket_url());
  pqxx::nontransaction autocommit(connection);
  return eventually(std::chrono::seconds{10}, [&] { return autocommit.exec(sql).at(0).at(0).as<bool>(false); });
}

int expect_broken(const std::function<Outcome()>& stage) { return judge(stage, true); }

int expect_cured(const std::function<Outcome()>& stage) { return judge(stage, false); }

}  // namespace incident
