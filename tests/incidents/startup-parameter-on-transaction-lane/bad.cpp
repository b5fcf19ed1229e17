// The limit stands in the connection string, which has worked until the pooler came.
#include "stage.hpp"

namespace {

std::string report(int pooler) {
  POOLGUARD_LANE("transaction")
  pqxx::connection connection("host=127.0.0.1 user=poolguard dbname=postgres port=" +  // flagged: startup-parameter-on-transaction-lane
                              std::to_string(pooler) + " options='-c statement_timeout=5s'");
  pqxx::work tx(connection);
  return tx.exec("SHOW statement_timeout").at(0).at(0).c_str();
}

}  // namespace

int main() {
  return incident::expect_broken([] { return stage(report); });
}
