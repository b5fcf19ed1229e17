#include "stage.hpp"

namespace {

void migrate(pqxx::connection& connection) {
  pqxx::nontransaction autocommit(connection);
  autocommit.exec("CREATE INDEX CONCURRENTLY jobs_state ON jobs (state)");
}

}  // namespace

int main() {
  return incident::expect_cured([] { return stage(migrate); });
}
