#include "stage.hpp"

namespace {

std::string report(int pooler) {
  POOLGUARD_LANE("transaction")
  pqxx::connection connection("host=127.0.0.1 user=poolguard dbname=postgres port=" + std::to_string(pooler));
  pqxx::work tx(connection);
  tx.exec("SET LOCAL statement_timeout = '5s'");
  return tx.exec("SHOW statement_timeout").at(0).at(0).c_str();
}

}  // namespace

int main() {
  return incident::expect_cured([] { return stage(report); });
}
